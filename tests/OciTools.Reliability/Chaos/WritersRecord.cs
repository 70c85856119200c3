namespace OciTools.Reliability.Chaos;

/// <summary>What became of one round of many writers.</summary>
internal sealed record WritersRecord
{
    public required int Number { get; init; }

    /// <summary>Whether the file system had locks.</summary>
    public required bool HasLocks { get; init; }

    public required int Processes { get; init; }

    /// <summary>The processes that were killed in the middle of a save.</summary>
    public required int Killed { get; init; }

    /// <summary>The saves that reported success.</summary>
    public required int Saves { get; init; }

    /// <summary>The saves that lost content to somebody who removed it, and copied it again.</summary>
    public required int CopiedAgain { get; init; }

    /// <summary>How often the layout was tidied up meanwhile.</summary>
    public required int Sweeps { get; init; }

    /// <summary>The blobs that were removed on those occasions.</summary>
    public required int Removed { get; init; }

    /// <summary>What did not end as it must; empty when all is well.</summary>
    public required IReadOnlyList<string> Wrong { get; init; }

    public required TimeSpan Duration { get; init; }
}
