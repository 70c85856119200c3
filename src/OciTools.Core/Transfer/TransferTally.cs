using System.Collections.Concurrent;

namespace OciTools.Transfer;

/// <summary>Counts what a transfer did, and passes events on.</summary>
internal sealed class TransferTally(IProgress<TransferEvent>? next) : IProgress<TransferEvent>
{
    private readonly ConcurrentDictionary<Digest, long> _resumed = new();
    private long _bytesTransferred;
    private long _bytesSkipped;
    private long _bytesMounted;
    private int _itemsTransferred;
    private int _itemsSkipped;
    private int _itemsMounted;
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

    public void Add(BlobOutcome outcome, long bytes)
    {
        switch (outcome)
        {
            case BlobOutcome.Transferred:
                Interlocked.Increment(ref _itemsTransferred);
                Interlocked.Add(ref _bytesTransferred, bytes);
                break;
            case BlobOutcome.Skipped:
                Interlocked.Increment(ref _itemsSkipped);
                Interlocked.Add(ref _bytesSkipped, bytes);
                break;
            default:
                Interlocked.Increment(ref _itemsMounted);
                Interlocked.Add(ref _bytesMounted, bytes);
                break;
        }
    }

    public OciTransferResult ApplyTo(OciTransferResult result)
    {
        long bytesResumed = _resumed.Values.Sum();
        return result with
        {
            BytesTransferred = _bytesTransferred - bytesResumed,
            BytesResumed = bytesResumed,
            BytesSkipped = _bytesSkipped,
            BytesMounted = _bytesMounted,
            ItemsTransferred = _itemsTransferred,
            ItemsSkipped = _itemsSkipped,
            ItemsMounted = _itemsMounted,
            Retries = _retries,
            IsUpToDate = _itemsTransferred == 0 && _itemsMounted == 0,
        };
    }
}
