namespace OciTools;

/// <summary>What was removed from a layout, and what stays.</summary>
public sealed record OciOptimizeResult
{
    /// <summary>The folder of the layout.</summary>
    public required string Path { get; init; }

    /// <summary>The blobs that were removed, because nothing refers to them.</summary>
    public int BlobsRemoved { get; init; }

    /// <summary>The temporary files of interrupted writers that were removed.</summary>
    public int LeftoversRemoved { get; init; }

    /// <summary>The bytes of all files that were removed.</summary>
    public long BytesFreed { get; init; }

    /// <summary>The blobs that stay, because something refers to them.</summary>
    public int BlobsKept { get; init; }

    /// <summary>The bytes of the blobs that stay because something refers to them.</summary>
    public long BytesKept { get; init; }

    /// <summary>The blobs that nothing refers to and that stay, because they are too young or in use.</summary>
    public int BlobsTooYoung { get; init; }

    /// <summary>The bytes of the blobs that stay because they are too young or in use.</summary>
    public long BytesTooYoung { get; init; }

    /// <summary>The time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The folder.</summary>
    public override string ToString() => Path;
}
