namespace OciTools;

/// <summary>The config of one image: how it runs, and how it was made.</summary>
public sealed record OciConfig
{
    /// <summary>The image, pinned to the digest of its manifest.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platform that the config names.</summary>
    public Platform? Platform { get; init; }

    /// <summary>
    /// The digest of the config, which container engines show as the image id. An image of schema 1 has its config in
    /// the manifest, as a text; then it is the digest of that text.
    /// </summary>
    public required Digest Digest { get; init; }

    /// <summary>The parsed config: environment, command, labels, history, diffIDs.</summary>
    public required ImageConfig Config { get; init; }

    /// <summary>The exact bytes.</summary>
    public required RawDocument Document { get; init; }

    /// <summary>The reference.</summary>
    public override string ToString() => Reference.ToString()!;
}
