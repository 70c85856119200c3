namespace OciTools.Registry;

/// <summary>
/// The documents of a registry that were read lately, by repository and digest. A digest names its bytes for good, so
/// nothing here grows old; the oldest make room when the limit is reached.
/// </summary>
internal sealed class DocumentCache
{
    private const long MaximumBytes = 16 * 1024 * 1024;

    /// <summary>What a document takes apart from its bytes and what was read from them.</summary>
    private const int Overhead = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Repository, Digest Digest), RawDocument> _documents = [];
    private readonly Queue<(string Repository, Digest Digest)> _order = new();
    private long _bytes;

    public RawDocument? Find(string repository, Digest digest)
    {
        lock (_lock)
            return _documents.GetValueOrDefault((repository, digest));
    }

    public void Add(string repository, RawDocument document)
    {
        var key = (repository, document.Digest);
        lock (_lock)
        {
            if (!_documents.TryAdd(key, document))
                return;

            _order.Enqueue(key);
            _bytes += CostOf(document);
            while (_bytes > MaximumBytes && _order.TryDequeue(out var oldest))
            {
                _documents.Remove(oldest, out RawDocument? removed);
                _bytes -= CostOf(removed!);
            }
        }
    }

    // What is read from a document is about as large as its bytes.
    private static long CostOf(RawDocument document) => Overhead + (2 * document.Size);
}
