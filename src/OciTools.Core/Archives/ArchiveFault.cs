namespace OciTools.Archives;

/// <summary>The errors about an archive as a file.</summary>
internal static class ArchiveFault
{
    public static OciException Exists(string path) => new(
        OciErrorCode.DestinationExists,
        $"'{path}' exists. Choose another name, or use Force to replace it.",
        path);

    public static OciException NotFound(string path) => new(
        OciErrorCode.ArchiveNotFound, $"There is no archive '{path}'. Check the path.", path);

    public static OciException Folder(string path) => new(
        OciErrorCode.ArchiveNotFound,
        $"'{path}' is a folder, and an archive is a file. Name a file, or use oci: for a layout in a folder.",
        path);

    public static OciException Missing(string path, Descriptor descriptor) => new(
        MediaTypes.IsDocument(descriptor.MediaType) ? OciErrorCode.ManifestNotFound : OciErrorCode.BlobNotFound,
        $"The archive '{path}' does not hold {descriptor.Digest}. Export the image again, with all its platforms.",
        descriptor);
}
