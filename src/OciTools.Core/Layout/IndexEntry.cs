namespace OciTools.Layout;

/// <summary>The names that an entry of <c>index.json</c> may have.</summary>
internal static class IndexEntry
{
    /// <summary>The annotation that names an image (OCI image specification 1.1, annotations.md).</summary>
    public const string NameAnnotation = "org.opencontainers.image.ref.name";

    /// <summary>The annotation in which containerd and BuildKit keep the full name.</summary>
    public const string ContainerdNameAnnotation = "io.containerd.image.name";

    /// <summary>
    /// The annotation in which a signed manifest of schema 1 keeps the digest that registries know it by: that of what
    /// is signed. A layout keeps the bytes under their own digest, so that every tool finds them whole.
    /// </summary>
    public const string RegistryDigestAnnotation = "vnd.ocitools.registry.digest";

    public static string? NameOf(Descriptor entry) => entry.Annotations.GetValueOrDefault(NameAnnotation);

    public static string? ContainerdNameOf(Descriptor entry) =>
        entry.Annotations.GetValueOrDefault(ContainerdNameAnnotation);

    /// <summary>Whether the entry is known by the digest, in a registry or in the layout.</summary>
    public static bool IsKnownAs(Descriptor entry, Digest digest) =>
        entry.Digest.Equals(digest) || digest.Equals(RegistryDigestOf(entry));

    /// <summary>The entry as registries know it.</summary>
    public static Descriptor ForRegistry(Descriptor entry)
    {
        if (RegistryDigestOf(entry) is not { } digest)
            return entry;
        return entry with
        {
            Digest = digest,
            Annotations = entry.Annotations.Where(pair => pair.Key != RegistryDigestAnnotation).ToDictionary(),
        };
    }

    /// <summary>
    /// The entry of an image that was asked for: as its source describes it, with the tag as its name.
    /// </summary>
    public static Descriptor ForRoot(RawDocument document, Descriptor descriptor, string? tag)
    {
        var annotations = descriptor.Annotations.Where(pair => pair.Key != NameAnnotation).ToDictionary();
        if (tag is not null)
            annotations.Add(NameAnnotation, tag);
        if (document.IsSigned)
            annotations.Add(RegistryDigestAnnotation, document.Digest.ToString());
        return document.ToDescriptor() with
        {
            Digest = document.ContentDigest,
            Platform = descriptor.Platform,
            ArtifactType = descriptor.ArtifactType ?? document.Manifest?.ArtifactType ?? document.Index?.ArtifactType,
            Annotations = annotations,
        };
    }

    private static Digest? RegistryDigestOf(Descriptor entry) => MediaTypes.IsSchema1(entry.MediaType)
        && Digest.TryParse(entry.Annotations.GetValueOrDefault(RegistryDigestAnnotation), out Digest? digest)
            ? digest
            : null;
}
