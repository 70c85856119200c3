namespace OciTools;

/// <summary>What making a directory whole again did.</summary>
public sealed record OciRestoreResult
{
    /// <summary>The directory.</summary>
    public required string Path { get; init; }

    /// <summary>The record that says how it should be.</summary>
    public required string RecordPath { get; init; }

    /// <summary>How many entries the record has.</summary>
    public long Entries { get; init; }

    /// <summary>How many of them are not all that the record says.</summary>
    public long Incomplete { get; init; }

    /// <summary>What could not be applied, one line for each kind; empty when all was.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value.ToArray(); } = Array.Empty<string>();

    /// <summary>Why it could not be applied; null when all was.</summary>
    public string? Reason { get; init; }

    /// <summary>The time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The path.</summary>
    public override string ToString() => Path;
}
