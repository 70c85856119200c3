namespace OciTools.RootFs;

/// <summary>Guards against layers that unpack to far more than they are. They hold while a layer is read.</summary>
internal sealed record LayerLimits
{
    /// <summary>The usual limits.</summary>
    public static LayerLimits Default { get; } = new();

    /// <summary>The most bytes that a layer may unpack to.</summary>
    /// <value>1 TiB by default.</value>
    public long MaximumSize { get; init; } = 1L << 40;

    /// <summary>How many times its packed bytes a layer may unpack to, beyond <see cref="UnratedSize"/>.</summary>
    /// <value>500 by default: a gzip of nothing but zeros reaches 1030, a real layer rarely 50.</value>
    public int MaximumRatio { get; init; } = 500;

    /// <summary>How many bytes a layer may unpack to whatever the ratio.</summary>
    /// <value>1 GiB by default.</value>
    public long UnratedSize { get; init; } = 1L << 30;

    /// <summary>Whether whoever reads the layer can set the limits.</summary>
    public bool CanBeRaised { get; init; }

    /// <summary>The largest window that zstd data may ask for, in bytes.</summary>
    /// <value>128 MiB by default, the limit of <c>zstd</c> itself.</value>
    public int MaximumWindow { get; init; } = ZstdStream.DefaultWindowLimit;
}
