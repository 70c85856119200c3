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
}
