using System.Collections.Concurrent;

namespace OciTools.Transfer;

/// <summary>Counts what a transfer did, each content once, and passes events on.</summary>
internal sealed class TransferTally(IProgress<TransferEvent>? next) : IProgress<TransferEvent>
{
    private readonly ConcurrentDictionary<Digest, (BlobOutcome Outcome, long Size)> _contents = new();
    private readonly ConcurrentDictionary<Digest, long> _resumed = new();
    private int _retries;

    public void Report(TransferEvent value)
    {
        switch (value.Kind)
        {
            case TransferEventKind.Retried:
                Interlocked.Increment(ref _retries);
                break;
            case TransferEventKind.Resumed:
                _resumed[value.Descriptor!.Digest] = value.Bytes;
                break;
            case TransferEventKind.Started when value.Descriptor is { } descriptor:
                _resumed.TryRemove(descriptor.Digest, out _);
                break;
        }

        next?.Report(value);
    }

    /// <summary>Counts a content; one that a copy meets again is there, but that it came counts more.</summary>
    public void Add(BlobOutcome outcome, Descriptor content) => _contents.AddOrUpdate(
        content.Digest,
        (outcome, content.Size),
        (_, known) => known.Outcome == BlobOutcome.Skipped ? (outcome, content.Size) : known);

    public OciTransferResult ApplyTo(OciTransferResult result)
    {
        ILookup<BlobOutcome, long> sizes =
            _contents.Values.ToLookup(content => content.Outcome, content => content.Size);
        long bytesResumed = _resumed.Values.Sum();
        return result with
        {
            BytesTransferred = sizes[BlobOutcome.Transferred].Sum() - bytesResumed,
            BytesResumed = bytesResumed,
            BytesSkipped = sizes[BlobOutcome.Skipped].Sum(),
            BytesMounted = sizes[BlobOutcome.Mounted].Sum(),
            ItemsTransferred = sizes[BlobOutcome.Transferred].Count(),
            ItemsSkipped = sizes[BlobOutcome.Skipped].Count(),
            ItemsMounted = sizes[BlobOutcome.Mounted].Count(),
            Retries = _retries,
            IsUpToDate = _contents.Values.All(content => content.Outcome == BlobOutcome.Skipped),
        };
    }
}
