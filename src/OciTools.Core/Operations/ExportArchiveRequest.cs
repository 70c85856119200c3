namespace OciTools.Operations;

/// <summary>What <see cref="ExportArchiveOperation"/> is asked for.</summary>
public sealed record ExportArchiveRequest
{
    /// <summary>The images, at least one. The archive lists them in this order.</summary>
    public required IReadOnlyList<ArchiveImage> Images { get; init; }

    /// <summary>The file to write.</summary>
    public required string Path { get; init; }

    /// <summary>What the archive looks like inside.</summary>
    /// <value><see cref="ArchiveFormat.Hybrid"/> by default.</value>
    public ArchiveFormat Format { get; init; }

    /// <summary>Which platform of each image <c>docker load</c> gets.</summary>
    /// <value>
    /// Null (the default) for Linux on this machine's architecture, or else the first platform of the image.
    /// </value>
    public Platform? LoadPlatform { get; init; }

    /// <summary>
    /// The platforms to export; empty (the default) for whole images. Several need an <see cref="IndexMode"/>.
    /// </summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>
    /// What becomes of the index; null (the default) exports the one named platform without an index.
    /// </summary>
    public IndexMode? IndexMode { get; init; }

    /// <summary>
    /// Whether to fetch layers that live outside the registry. False by default: they stay references.
    /// </summary>
    public bool IncludeExternalLayer { get; init; }

    /// <summary>
    /// Whether to export what refers to the images as well: signatures, attestations, bills of materials. False by
    /// default.
    /// </summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>
    /// Whether to export the tags that are named after the images' digests, such as <c>sha256-….sig</c>. False by
    /// default.
    /// </summary>
    public bool IncludeDigestTag { get; init; }

    /// <summary>
    /// Whether an image of Docker's schema 1 becomes an OCI image, for which its layers are read once more. False by
    /// default: then it is refused, because no program loads one from an archive.
    /// </summary>
    public bool ConvertSchema1 { get; init; }

    /// <summary>Whether a file that exists is replaced. False by default.</summary>
    public bool Force { get; init; }

    /// <summary>How many transfers run at once, at least 1.</summary>
    /// <value>The default is <see cref="CopyImageRequest.DefaultThrottleLimit"/>.</value>
    public int ThrottleLimit { get; init; } = CopyImageRequest.DefaultThrottleLimit;

    /// <summary>How to talk to the source registries; null for the defaults.</summary>
    public RegistryOptions? SourceOptions { get; init; }
}
