namespace OciTools;

/// <summary>Where content goes to: a repository of a registry, a layout or an archive.</summary>
public interface IContentSink : IAsyncDisposable
{
    /// <summary>The place, without tag or digest.</summary>
    ImageReference Location { get; }

    /// <summary>Looks a tag or digest up in the sink.</summary>
    /// <returns>The descriptor, or null when there is no such tag or digest.</returns>
    Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken);

    /// <summary>
    /// Whether the sink holds the whole graph below a document that it has under a name. A registry refuses a manifest
    /// whose parts are missing, so it answers for itself; a layout looks.
    /// </summary>
    bool HoldsCompleteGraphs { get; }

    /// <summary>
    /// Whether the sink holds the content and it can be trusted. With <paramref name="verify"/> its bytes are read
    /// again.
    /// </summary>
    Task<bool> HasAsync(Descriptor descriptor, bool verify, CancellationToken cancellationToken);

    /// <summary>Takes a blob from a source, in whatever way is cheapest: skip, mount, or stream.</summary>
    /// <param name="descriptor">The blob.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="force">Write it even if the sink says that it has it.</param>
    /// <param name="progress">Hears of bytes as they pass.</param>
    /// <param name="cancellationToken">Stops the transfer; nothing that looks whole is left behind.</param>
    Task<BlobOutcome> WriteBlobAsync(
        Descriptor descriptor,
        IContentSource source,
        bool force,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken);

    /// <summary>Writes a document whose children are there already, and names it when a tag is given.</summary>
    /// <param name="document">The exact bytes.</param>
    /// <param name="descriptor">
    /// How its parent, or the request, describes it; platform and annotations live on in a layout.
    /// </param>
    /// <param name="tag">The tag to give it, or null.</param>
    /// <param name="isRoot">
    /// Whether the document is one that the operation was asked for, not a child of another.
    /// </param>
    /// <param name="cancellationToken">Stops the write.</param>
    Task WriteDocumentAsync(
        RawDocument document, Descriptor descriptor, string? tag, bool isRoot, CancellationToken cancellationToken);

    /// <summary>
    /// Makes everything written durable and visible. Without this call, names written to a layout do not appear.
    /// </summary>
    Task CompleteAsync(CancellationToken cancellationToken);
}
