namespace OciTools;

/// <summary>One image, or one platform of a multi-platform image, as found at its source.</summary>
public sealed record OciManifest
{
    /// <summary>Where the image is, pinned to its digest; keeps the tag it was found under.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platform the image is for; null when nothing says so, as for most artifacts.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The digest of the manifest.</summary>
    public Digest Digest => Descriptor.Digest;

    /// <summary>The media type of the manifest.</summary>
    public string MediaType => Descriptor.MediaType;

    /// <summary>The type of the artifact; null for an ordinary image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The annotations of the manifest and of its entry in the index; the manifest's win.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.EmptyAnnotations;

    /// <summary>The manifest's descriptor, as its index gives it.</summary>
    public required Descriptor Descriptor { get; init; }

    /// <summary>The digest of the index that lists the image; null when it was found without one.</summary>
    public Digest? IndexDigest { get; init; }

    /// <summary>
    /// The config; null when the manifest itself has not been read, and when it holds the config itself (schema 1).
    /// </summary>
    public Descriptor? Config { get; init; }

    /// <summary>The layers, lowest first; null when the manifest itself has not been read.</summary>
    public IReadOnlyList<Descriptor>? Layers { get; init; }

    /// <summary>The manifest that this one is about; null for an ordinary image.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>
    /// The size of the image in bytes, as it is stored: manifest, config and layers. Null when the manifest itself has
    /// not
    /// been read.
    /// </summary>
    public long? Size { get; init; }

    /// <summary>The manifest's exact bytes; null when it has not been read.</summary>
    public RawDocument? Document { get; init; }

    /// <summary>The reference.</summary>
    public override string ToString() => Reference.ToString()!;
}
