namespace OciTools;

/// <summary>What unpacking an image did.</summary>
public sealed record OciExpandResult
{
    /// <summary>The image, pinned to the digest of its manifest.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platform of the image.</summary>
    /// <value>Null when nothing names it.</value>
    public Platform? Platform { get; init; }

    /// <summary>The directory, tar file or repository; null for a tar that went to a stream.</summary>
    public string? Path { get; init; }

    /// <summary>How many layers were applied.</summary>
    public int Layers { get; init; }

    /// <summary>How many entries the layers have, whiteouts included.</summary>
    public long Entries { get; init; }

    /// <summary>How many bytes the files of all layers have.</summary>
    public long Bytes { get; init; }

    /// <summary>What could not be applied as the image says, one line for each kind; empty when all was.</summary>
    public IReadOnlyList<string> Warnings { get; init => field = value.ToArray(); } = Array.Empty<string>();

    /// <summary>The file that records what could not be applied; null when all was.</summary>
    public string? RecordPath { get; init; }

    /// <summary>
    /// The branches that were written, that of the whole image first; empty unless the target is a repository.
    /// </summary>
    public IReadOnlyList<string> Branches { get; init => field = value.ToArray(); } = Array.Empty<string>();

    /// <summary>The commits, one for each layer, the lowest first; empty unless the target is a repository.</summary>
    public IReadOnlyList<string> Commits { get; init => field = value.ToArray(); } = Array.Empty<string>();

    /// <summary>The time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The path.</summary>
    public override string ToString() => Path ?? Reference.ToString()!;
}
