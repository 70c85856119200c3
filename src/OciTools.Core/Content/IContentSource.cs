namespace OciTools;

/// <summary>Where content comes from: a repository of a registry, a layout or an archive.</summary>
public interface IContentSource
{
    /// <summary>The place, without tag or digest.</summary>
    ImageReference Location { get; }

    /// <summary>
    /// Looks a tag or digest up without reading the document (a HEAD request, or the index of a layout).
    /// </summary>
    /// <returns>The descriptor, or null when there is no such tag or digest.</returns>
    Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken);

    /// <summary>Reads the document that a tag or digest names, in one request.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestNotFound"/>, and whatever reading can meet.
    /// </exception>
    Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken);

    /// <summary>Reads a manifest, index or config; its bytes have been checked against the descriptor.</summary>
    Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken);

    /// <summary>Looks a blob up without reading it, for manifests that do not say how large their blobs are.</summary>
    /// <returns>Its size in bytes, or null when there is no such blob.</returns>
    Task<long?> FindBlobSizeAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a blob at an offset. The stream resumes by itself; it does not check the digest: whoever consumes it wraps
    /// it in a <see cref="VerifyingStream"/> or hashes what it writes.
    /// </summary>
    Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken);

    /// <summary>Lists the tags, in the order of the source.</summary>
    IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Lists the manifests that name <paramref name="subject"/> as their subject; empty when there are none.
    /// </summary>
    Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken);
}
