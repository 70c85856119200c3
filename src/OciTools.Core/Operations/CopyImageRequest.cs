namespace OciTools.Operations;

/// <summary>What <see cref="CopyImageOperation"/> is asked for.</summary>
public sealed record CopyImageRequest
{
    /// <summary>The default of <see cref="ThrottleLimit"/>.</summary>
    public const int DefaultThrottleLimit = 8;

    /// <summary>The image to copy; a digest wins over a tag.</summary>
    public required ImageReference Source { get; init; }

    /// <summary>
    /// Where to copy it. A repository or layout alone, without tag and digest, gives it the tag that it has at the
    /// source; a
    /// repository of a registry falls back to <c>latest</c> when that was parsed from text.
    /// </summary>
    public required ImageReference Destination { get; init; }

    /// <summary>
    /// How the source's index describes the image, when that is known already; its platform and annotations go into a
    /// layout's index.
    /// </summary>
    public Descriptor? Descriptor { get; init; }

    /// <summary>
    /// The platforms to copy; empty (the default) for the whole image. Several need an <see cref="IndexMode"/>.
    /// </summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>What becomes of the index; null (the default) copies the one named platform without an index.</summary>
    public IndexMode? IndexMode { get; init; }

    /// <summary>
    /// Whether to fetch and copy layers that live outside the registry. False by default: they stay references.
    /// </summary>
    public bool IncludeExternalLayer { get; init; }

    /// <summary>
    /// Whether to check everything that the destination claims to have, and to write again what is broken; an archive
    /// that exists is replaced. False by default.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>
    /// Whether to copy what refers to the image as well: signatures, attestations, bills of materials. False by
    /// default.
    /// </summary>
    public bool IncludeReferrers { get; init; }

    /// <summary>
    /// Whether to copy the tags that are named after the image's digests, such as <c>sha256-….sig</c>. False by
    /// default.
    /// </summary>
    public bool IncludeDigestTag { get; init; }

    /// <summary>
    /// Whether an image of Docker's schema 1 becomes an OCI image, for which its layers are read once more; an index
    /// that has one is written anew, and other images stay as they are. False by default.
    /// </summary>
    public bool ConvertSchema1 { get; init; }

    /// <summary>How many transfers run at once, at least 1.</summary>
    /// <value>The default is <see cref="DefaultThrottleLimit"/>.</value>
    public int ThrottleLimit { get; init; } = DefaultThrottleLimit;

    /// <summary>How to talk to the source registry; null for the defaults.</summary>
    public RegistryOptions? SourceOptions { get; init; }

    /// <summary>How to talk to the destination registry; null for the defaults.</summary>
    public RegistryOptions? DestinationOptions { get; init; }
}
