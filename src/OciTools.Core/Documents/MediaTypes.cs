namespace OciTools;

/// <summary>
/// The media types of images (OCI image specification 1.1, media-types.md; Docker image manifest version 2).
/// </summary>
public static class MediaTypes
{
    /// <summary>An OCI image index.</summary>
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";

    /// <summary>An OCI image manifest.</summary>
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>An OCI image config.</summary>
    public const string OciConfig = "application/vnd.oci.image.config.v1+json";

    /// <summary>The empty JSON object, used where a config or layer means nothing.</summary>
    public const string OciEmpty = "application/vnd.oci.empty.v1+json";

    /// <summary>An uncompressed OCI layer.</summary>
    public const string OciLayer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>An OCI layer compressed with gzip.</summary>
    public const string OciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>An OCI layer compressed with zstd.</summary>
    public const string OciLayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    /// <summary>The start of the deprecated non-distributable OCI layer types.</summary>
    public const string OciNondistributableLayerPrefix = "application/vnd.oci.image.layer.nondistributable.v1.tar";

    /// <summary>A Docker manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>A Docker image manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>A Docker image manifest, schema 1, unsigned.</summary>
    public const string DockerManifestSchema1 = "application/vnd.docker.distribution.manifest.v1+json";

    /// <summary>A Docker image manifest, schema 1, signed.</summary>
    public const string DockerManifestSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// <summary>A Docker image config.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>A Docker layer compressed with gzip.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>A Docker layer that is fetched from its <c>urls</c>.</summary>
    public const string DockerForeignLayerGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

    /// <summary>Whether the type is an index or manifest list.</summary>
    public static bool IsIndex(string? mediaType) => mediaType is OciIndex or DockerManifestList;

    /// <summary>Whether the type is an image manifest (OCI or Docker schema 2).</summary>
    public static bool IsManifest(string? mediaType) => mediaType is OciManifest or DockerManifest;

    /// <summary>Whether the type is a Docker schema 1 manifest.</summary>
    public static bool IsSchema1(string? mediaType) =>
        mediaType is DockerManifestSchema1 or DockerManifestSchema1Signed;

    /// <summary>Whether the type is a document that registries keep under <c>/manifests/</c>.</summary>
    public static bool IsDocument(string? mediaType) =>
        IsIndex(mediaType) || IsManifest(mediaType) || IsSchema1(mediaType);

    /// <summary>Whether the type is an image config.</summary>
    public static bool IsConfig(string? mediaType) => mediaType is OciConfig or DockerConfig;

    /// <summary>
    /// Whether the layer is one that registries need not hold, and that is fetched from its <c>urls</c>.
    /// </summary>
    public static bool IsExternalLayer(string? mediaType) => mediaType is DockerForeignLayerGzip
        || mediaType?.StartsWith(OciNondistributableLayerPrefix, StringComparison.Ordinal) == true;

    /// <summary>Whether the type is one of files, and not of signatures, statements or other formats.</summary>
    internal static bool IsTar(string mediaType) => mediaType.Contains("tar", StringComparison.OrdinalIgnoreCase);
}
