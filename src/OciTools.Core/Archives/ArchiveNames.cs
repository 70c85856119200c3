namespace OciTools.Archives;

/// <summary>The names of entries that archives of images have.</summary>
internal static class ArchiveNames
{
    /// <summary>The marker of a layout (OCI image specification 1.1, image-layout.md).</summary>
    public const string Marker = "oci-layout";

    /// <summary>The index of a layout.</summary>
    public const string Index = "index.json";

    /// <summary>What <c>docker load</c> starts from.</summary>
    public const string DockerManifest = "manifest.json";

    /// <summary>The folder of a layout's blobs.</summary>
    public const string Blobs = "blobs";

    /// <summary>The entry of a blob.</summary>
    public static string Blob(Digest digest) => $"{Blobs}/{digest.Algorithm}/{digest.Hex}";
}
