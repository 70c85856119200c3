namespace OciTools.Tests.Layout;

/// <summary>A source whose every blob is one stream.</summary>
internal sealed class StreamSource(Stream stream) : IContentSource
{
    public ImageReference Location => throw new NotSupportedException();

    public Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken) =>
        Task.FromResult(stream);

    public Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<long?> FindBlobSizeAsync(Digest digest, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
