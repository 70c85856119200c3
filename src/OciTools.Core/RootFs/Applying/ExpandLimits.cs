namespace OciTools;

/// <summary>
/// Guards against images that unpack to more than anybody wants. They hold while an image is unpacked.
/// </summary>
public sealed record ExpandLimits
{
    // What stands around the content of an entry: headers, and what fills its last block.
    private const long OverheadPerEntry = 4096;

    /// <summary>The usual limits.</summary>
    public static ExpandLimits Default { get; } = new();

    /// <summary>The most bytes that all files of all layers may have together.</summary>
    /// <value>128 GiB by default.</value>
    public long MaximumSize { get; init; } = 128L << 30;

    /// <summary>The most bytes that one file may have.</summary>
    /// <value>32 GiB by default.</value>
    public long MaximumFileSize { get; init; } = 32L << 30;

    /// <summary>The most entries that all layers may have together.</summary>
    /// <value>4,000,000 by default.</value>
    public long MaximumEntryCount { get; init; } = 4_000_000;

    /// <summary>How many times its packed bytes a layer may unpack to; the first GiB of a layer is free.</summary>
    /// <value>500 by default: gzip can reach 1030 with nothing but zeros, real layers rarely exceed 50.</value>
    public int MaximumRatio { get; init; } = 500;

    /// <summary>How many names a path may have.</summary>
    /// <value>256 by default.</value>
    public int MaximumDepth { get; init; } = 256;

    /// <summary>
    /// The most bytes that the names, links and attributes of all entries may have together. Some targets keep them in
    /// memory.
    /// </summary>
    /// <value>1 GiB, more than twice what the names of 4,000,000 files take.</value>
    internal long MaximumMetadataSize { get; init; } = 1L << 30;

    internal RootFs.LayerLimits ForLayers() => new()
    {
        MaximumSize = (long)Math.Min(long.MaxValue, MaximumSize + ((decimal)MaximumEntryCount * OverheadPerEntry)),
        MaximumRatio = MaximumRatio,
        CanBeRaised = true,
    };
}
