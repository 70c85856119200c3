namespace OciTools;

/// <summary>The parsed view of an image index.</summary>
public sealed record ImageIndex
{
    public required string MediaType { get; init; }
    public required IReadOnlyList<Descriptor> Manifests { get; init; }
    public string? ArtifactType { get; init; }
    public Descriptor? Subject { get; init; }
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.EmptyAnnotations;
}
