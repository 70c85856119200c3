namespace OciTools.Layout;

/// <summary>An OCI image layout directory, as source and sink.</summary>
public sealed class LayoutStore : IContentSource, IContentSink
{
    /// opens an existing layout for reading → LayoutNotFound / LayoutInvalid
    public static LayoutStore Open(string path, IProgress<TransferEvent>? progress = null) => throw null!;
    /// opens or creates
    public static LayoutStore OpenOrCreate(string path, IProgress<TransferEvent>? progress = null) => throw null!;
    public ImageReference Location => throw null!;
    public bool HoldsCompleteGraphs => false;
    public Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken) => throw null!;
    public Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken) => throw null!;
    public Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken) => throw null!;
    public Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken) => throw null!;
    public IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancellationToken) => throw null!;
    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken) => throw null!;
    public Task<bool> HasAsync(Descriptor descriptor, bool verify, CancellationToken cancellationToken) => throw null!;
    public Task<BlobOutcome> WriteBlobAsync(Descriptor descriptor, IContentSource source, bool force, IProgress<TransferEvent>? progress, CancellationToken cancellationToken) => throw null!;
    /// streams content whose digest is not known in advance
    public Task<Descriptor> WriteBlobAsync(string mediaType, Stream content, CancellationToken cancellationToken) => throw null!;
    public Task WriteDocumentAsync(RawDocument document, Descriptor descriptor, string? tag, bool isRoot, CancellationToken cancellationToken) => throw null!;
    public Task CompleteAsync(CancellationToken cancellationToken) => throw null!;
    public ValueTask DisposeAsync() => throw null!;
}
