namespace OciTools;

/// <summary>A multi-platform image's index, as found at its source.</summary>
public sealed record OciIndex
{
    /// <summary>Where the index is, pinned to its digest; keeps the tag it was found under.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The digest of the index.</summary>
    public Digest Digest => Document.Digest;

    /// <summary>The media type of the index.</summary>
    public string MediaType => Document.MediaType;

    /// <summary>The type of the artifact; null for an ordinary image.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The annotations of the index.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.EmptyAnnotations;

    /// <summary>All entries in their order, attestations included.</summary>
    public required IReadOnlyList<Descriptor> Manifests { get; init; }

    /// <summary>The manifest that this index is about; null for an ordinary image.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>The exact bytes.</summary>
    public required RawDocument Document { get; init; }

    /// <summary>The reference.</summary>
    public override string ToString() => Reference.ToString()!;
}
