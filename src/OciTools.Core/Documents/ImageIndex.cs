namespace OciTools;

/// <summary>What an image index or Docker manifest list says (OCI image specification 1.1, image-index.md).</summary>
public sealed record ImageIndex
{
    /// <summary>The media type.</summary>
    public required string MediaType { get; init; }

    /// <summary>The children, in the order of the document.</summary>
    public required IReadOnlyList<Descriptor> Manifests { get; init; }

    /// <summary>The type of the artifact, when the index stands for one.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The manifest that the index refers to.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>The annotations; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.EmptyAnnotations;

    /// <summary>The media type.</summary>
    public override string ToString() => DisplayText.Sanitize(MediaType);
}
