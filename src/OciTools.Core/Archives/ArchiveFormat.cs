namespace OciTools;

/// <summary>What an archive of images looks like inside.</summary>
public enum ArchiveFormat
{
    /// <summary>
    /// An image layout with everything that was chosen, and in the same file the <c>manifest.json</c> that
    /// <c>docker load</c> reads, for one platform of each image.
    /// </summary>
    Hybrid,

    /// <summary>An image layout in a tar and nothing else.</summary>
    Oci,

    /// <summary>
    /// What <c>docker save</c> writes and nothing else: one platform of each image, without its manifest, so without
    /// its digest.
    /// </summary>
    Docker,
}
