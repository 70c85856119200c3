namespace OciTools.Operations;

/// <summary>What <see cref="RestoreMetadataOperation"/> is asked for.</summary>
public sealed record RestoreMetadataRequest
{
    /// <summary>The directory: a checkout of a commit, or an unpacked image.</summary>
    public required string Directory { get; init; }

    /// <summary>The record.</summary>
    /// <value>
    /// Null (the default) for the one in the directory that a commit brings, or the one beside the directory; if both
    /// are there, one must be named.
    /// </value>
    public string? RecordPath { get; init; }
}
