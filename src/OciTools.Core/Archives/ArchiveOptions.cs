namespace OciTools.Archives;

/// <summary>How <see cref="ArchiveSink"/> writes.</summary>
public sealed record ArchiveOptions
{
    /// <summary>What the archive looks like inside.</summary>
    /// <value><see cref="ArchiveFormat.Hybrid"/> by default.</value>
    public ArchiveFormat Format { get; init; }

    /// <summary>Which platform of each image <c>docker load</c> gets.</summary>
    /// <value>
    /// Null (the default) for Linux on this machine's architecture, or else the first platform of the image. The same
    /// images give the same bytes on every machine only when the platform is named.
    /// </value>
    public Platform? LoadPlatform { get; init; }

    /// <summary>Whether a file that exists is replaced. False by default.</summary>
    public bool Force { get; init; }

    /// <summary>How many blobs move at once, at least 1.</summary>
    /// <value>8 by default.</value>
    public int ThrottleLimit { get; init; } = 8;
}
