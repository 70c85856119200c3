namespace OciTools;

/// <summary>
/// What one piece of content is: its type, digest and size (OCI image specification 1.1, descriptor.md).
/// </summary>
public sealed record Descriptor
{
    /// <summary>The media type of the content.</summary>
    public required string MediaType { get; init; }

    /// <summary>The digest of the content.</summary>
    public required Digest Digest { get; init; }

    /// <summary>The size of the content in bytes, never negative.</summary>
    public required long Size { get; init; }

    /// <summary>The platform that the content is for; only in the children of an index.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The type of the artifact, when the content is one.</summary>
    public string? ArtifactType { get; init; }

    /// <summary>The annotations; empty when there are none.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = EmptyAnnotations;

    /// <summary>Where the content can be downloaded from as well; empty when nothing is said.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>
    /// The content itself, when it is embedded; in a document that was read, it fits digest and size.
    /// </summary>
    public ReadOnlyMemory<byte>? Data { get; init; }

    /// <summary>
    /// Whether the content is an attestation that a builder put beside an image: BuildKit marks it with the annotation
    /// <c>vnd.docker.reference.type</c> and the platform <c>unknown/unknown</c>.
    /// </summary>
    public bool IsAttestation => Platform is { IsUnknown: true }
        || Annotations.GetValueOrDefault("vnd.docker.reference.type") == "attestation-manifest";

    internal static IReadOnlyDictionary<string, string> EmptyAnnotations { get; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Whether two descriptors mean the same content: the digest is what counts.</summary>
    public bool Equals(Descriptor? other) => other is not null && Digest.Equals(other.Digest);

    /// <inheritdoc/>
    public override int GetHashCode() => Digest.GetHashCode();

    /// <summary>The digest.</summary>
    public override string ToString() => Digest.ToString();
}
