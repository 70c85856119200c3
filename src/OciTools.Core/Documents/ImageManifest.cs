namespace OciTools;

/// <summary>The parsed view of an image manifest.</summary>
public sealed record ImageManifest
{
    public required string MediaType { get; init; }
    public required Descriptor Config { get; init; }
    public required IReadOnlyList<Descriptor> Layers { get; init; }
    public string? ArtifactType { get; init; }
    public Descriptor? Subject { get; init; }
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.EmptyAnnotations;
}
