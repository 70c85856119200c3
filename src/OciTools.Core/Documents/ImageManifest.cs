namespace OciTools;

/// <summary>What an OCI or Docker schema 2 image manifest says (OCI image specification 1.1, manifest.md).</summary>
public sealed record ImageManifest
{
    /// <summary>The media type.</summary>
    public required string MediaType { get; init; }

    /// <summary>The config; of an artifact, often the empty object.</summary>
    public required Descriptor Config { get; init; }

    /// <summary>The layers, the lowest first.</summary>
    public required IReadOnlyList<Descriptor> Layers { get; init; }

    /// <summary>The type of the artifact, when the manifest stands for one.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The manifest that this one refers to.</summary>
    public Descriptor? Subject { get; init; }

    /// <summary>The annotations; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = Descriptor.EmptyAnnotations;

    /// <summary>The media type.</summary>
    public override string ToString() => DisplayText.Sanitize(MediaType);
}
