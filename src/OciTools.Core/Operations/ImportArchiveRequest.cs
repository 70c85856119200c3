namespace OciTools.Operations;

/// <summary>What <see cref="ImportArchiveOperation"/> is asked for.</summary>
public sealed record ImportArchiveRequest
{
    /// <summary>The archive: OCI's, Docker's or both in one; plain, or packed with gzip or zstd.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Where the images go: a repository or a layout. With a tag it takes one image; without, each image keeps its own,
    /// of which a repository takes the part after the colon.
    /// </summary>
    public required ImageReference Destination { get; init; }

    /// <summary>The images to import, by name or digest; empty (the default) for all.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>
    /// The platforms to import; empty (the default) for whole images. Several need an <see cref="IndexMode"/>.
    /// </summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>
    /// What becomes of the index; null (the default) imports the one named platform without an index.
    /// </summary>
    public IndexMode? IndexMode { get; init; }

    /// <summary>
    /// Whether to check everything that the destination claims to have, and to write again what is broken. False by
    /// default.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>How many transfers run at once, at least 1.</summary>
    /// <value>The default is <see cref="CopyImageRequest.DefaultThrottleLimit"/>.</value>
    public int ThrottleLimit { get; init; } = CopyImageRequest.DefaultThrottleLimit;

    /// <summary>How to talk to the destination registry; null for the defaults.</summary>
    public RegistryOptions? DestinationOptions { get; init; }
}
