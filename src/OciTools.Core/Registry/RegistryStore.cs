namespace OciTools.Registry;

/// <summary>A repository of a registry, as source and sink.</summary>
public sealed class RegistryStore : IContentSource, IContentSink
{
    // Made by OciSession.OpenRegistry(reference, options, progress); see the registry developer's brief.
    public ImageReference Location => throw null!;
    public bool HoldsCompleteGraphs => true;
    public Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken) => throw null!;
    public Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken) => throw null!;
    public Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken) => throw null!;
    public Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken) => throw null!;
    public IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancellationToken) => throw null!;
    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken) => throw null!;
    public Task<bool> HasAsync(Descriptor descriptor, bool verify, CancellationToken cancellationToken) => throw null!;
    public Task<BlobOutcome> WriteBlobAsync(Descriptor descriptor, IContentSource source, bool force, IProgress<TransferEvent>? progress, CancellationToken cancellationToken) => throw null!;
    public Task WriteDocumentAsync(RawDocument document, Descriptor descriptor, string? tag, bool isRoot, CancellationToken cancellationToken) => throw null!;
    public Task CompleteAsync(CancellationToken cancellationToken) => throw null!;
    public ValueTask DisposeAsync() => throw null!;
}
