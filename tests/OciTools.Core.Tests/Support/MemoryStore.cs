using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace OciTools.Tests.Support;

/// <summary>Content in memory, as source and sink. It writes down what is asked of it.</summary>
internal sealed class MemoryStore(bool holdsCompleteGraphs = false) : IContentSource, IContentSink
{
    private readonly ConcurrentQueue<string> _log = new();
    private int _running;
    private int _peak;

    public ConcurrentDictionary<Digest, byte[]> Blobs { get; } = new();

    public ConcurrentDictionary<Digest, Descriptor> Documents { get; } = new();

    public ConcurrentDictionary<string, Digest> Tags { get; } = new();

    /// <summary>Runs before a blob is read or a document is written: to fail, or to wait.</summary>
    public Func<string, Descriptor, CancellationToken, Task>? Intercept { get; set; }

    /// <summary>
    /// What was asked, in order: <c>read DIGEST</c>, <c>open DIGEST</c>, <c>blob DIGEST</c>, <c>document DIGEST</c>.
    /// </summary>
    public IReadOnlyList<string> Log => [.. _log];

    /// <summary>How many interceptions ran at once, at most.</summary>
    public int Peak => _peak;

    public int Completions { get; private set; }

    public ImageReference Location { get; } = ImageReference.ForRegistry("memory.example", "test");

    public bool HoldsCompleteGraphs => holdsCompleteGraphs;

    public Descriptor AddBlob(byte[] content, string mediaType)
    {
        var descriptor =
            new Descriptor { MediaType = mediaType, Digest = Digest.Compute(content), Size = content.Length };
        Blobs[descriptor.Digest] = content;
        return descriptor;
    }

    public Descriptor AddDocument(byte[] content, string mediaType, string? tag = null)
    {
        Descriptor descriptor = AddBlob(content, mediaType);
        Documents[descriptor.Digest] = descriptor;
        if (tag is not null)
            Tags[tag] = descriptor.Digest;
        return descriptor;
    }

    public Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        Digest? digest = reference.Digest;
        if (digest is null && reference.Tag is { } tag)
            Tags.TryGetValue(tag, out digest);
        return Task.FromResult(digest is not null && Documents.TryGetValue(digest, out Descriptor? found) ? found : null);
    }

    public async Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        Descriptor found = await FindAsync(reference, cancellationToken)
            ?? throw new OciException(OciErrorCode.ManifestNotFound, "There is no such tag.", reference);
        return await ReadDocumentAsync(found, cancellationToken);
    }

    public Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        _log.Enqueue($"read {descriptor.Digest}");
        return Task.FromResult(RawDocument.Create(Get(descriptor), descriptor));
    }

    public Task<long?> FindBlobSizeAsync(Digest digest, CancellationToken cancellationToken) =>
        Task.FromResult(Blobs.TryGetValue(digest, out byte[]? content) ? content.Length : (long?)null);

    public async Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        _log.Enqueue($"open {descriptor.Digest}");
        await InterceptAsync("open", descriptor, cancellationToken);
        var stream = new MemoryStream(Get(descriptor), writable: false) { Position = offset };
        return stream;
    }

    public async IAsyncEnumerable<string> ListTagsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string tag in Tags.Keys.Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return tag;
        }

        await Task.CompletedTask;
    }

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Descriptor>>(
        [
            .. Documents.Values.Where(document =>
                subject.Equals(RawDocument.Create(Get(document), document).Subject?.Digest)),
        ]);

    public Task<bool> HasAsync(Descriptor descriptor, bool verify, CancellationToken cancellationToken) =>
        Task.FromResult(Blobs.TryGetValue(descriptor.Digest, out byte[]? content)
            && (!verify || Digest.Compute(content).Equals(descriptor.Digest)));

    public async Task<BlobOutcome> WriteBlobAsync(
        Descriptor descriptor,
        IContentSource source,
        bool force,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        if (!force && Blobs.ContainsKey(descriptor.Digest))
            return BlobOutcome.Skipped;
        await using Stream content = await source.OpenBlobAsync(descriptor, 0, cancellationToken);
        var copy = new MemoryStream();
        await content.CopyToAsync(copy, cancellationToken);
        Blobs[descriptor.Digest] = copy.ToArray();
        _log.Enqueue($"blob {descriptor.Digest}");
        return BlobOutcome.Transferred;
    }

    public async Task WriteDocumentAsync(
        RawDocument document, Descriptor descriptor, string? tag, bool isRoot, CancellationToken cancellationToken)
    {
        await InterceptAsync("document", descriptor, cancellationToken);
        Blobs[document.Digest] = document.Bytes.ToArray();
        Documents[document.Digest] = descriptor;
        if (tag is not null)
            Tags[tag] = document.Digest;
        _log.Enqueue($"document {document.Digest}");
    }

    public Task CompleteAsync(CancellationToken cancellationToken)
    {
        Completions++;
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private byte[] Get(Descriptor descriptor) => Blobs.TryGetValue(descriptor.Digest, out byte[]? content)
        ? content
        : throw new OciException(OciErrorCode.BlobNotFound, $"{descriptor.Digest} is not there.", descriptor);

    private async Task InterceptAsync(string action, Descriptor descriptor, CancellationToken cancellationToken)
    {
        int running = Interlocked.Increment(ref _running);
        InterlockedMax(ref _peak, running);
        try
        {
            if (Intercept is not null)
                await Intercept(action, descriptor, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int previous = Interlocked.CompareExchange(ref target, value, seen);
            if (previous == seen)
                return;
            seen = previous;
        }
    }
}
