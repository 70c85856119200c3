namespace OciTools.Layout;

/// <summary>The names that an entry of <c>index.json</c> may have.</summary>
internal static class IndexEntry
{
    /// <summary>The annotation that names an image (OCI image specification 1.1, annotations.md).</summary>
    public const string NameAnnotation = "org.opencontainers.image.ref.name";

    /// <summary>The annotation in which containerd and BuildKit keep the full name.</summary>
    public const string ContainerdNameAnnotation = "io.containerd.image.name";

    public static string? NameOf(Descriptor entry) => entry.Annotations.GetValueOrDefault(NameAnnotation);

    public static string? ContainerdNameOf(Descriptor entry) =>
        entry.Annotations.GetValueOrDefault(ContainerdNameAnnotation);

    /// <summary>The entry of an image that was asked for: as its source describes it, with the tag as its name.</summary>
    public static Descriptor ForRoot(RawDocument document, Descriptor descriptor, string? tag)
    {
        var annotations = descriptor.Annotations.Where(pair => pair.Key != NameAnnotation).ToDictionary();
        if (tag is not null)
            annotations.Add(NameAnnotation, tag);
        return document.ToDescriptor() with
        {
            Platform = descriptor.Platform,
            ArtifactType = descriptor.ArtifactType ?? document.Manifest?.ArtifactType ?? document.Index?.ArtifactType,
            Annotations = annotations,
        };
    }
}
