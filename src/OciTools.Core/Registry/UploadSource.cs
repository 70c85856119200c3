using System.Security.Cryptography;

namespace OciTools.Registry;

/// <summary>
/// The content of an upload, from any offset, and hashed once however often it is sent. The last bytes are handed out
/// only if the whole has its digest, so a wrong blob is never completed.
/// </summary>
internal sealed class UploadSource(Descriptor descriptor, IContentSource source, IProgress<TransferEvent>? progress)
    : IAsyncDisposable
{
    private const long ReportStep = 1024 * 1024;

    private readonly IncrementalHash _hash = descriptor.Digest.CreateHash();
    private Stream? _stream;
    private long _hashed;
    private long _reported;

    public Descriptor Descriptor { get; } = descriptor;

    /// <summary>
    /// Held by the request that reads. One that was answered early may still be sending when the next one starts.
    /// </summary>
    public SemaphoreSlim Lock { get; } = new(1);

    /// <summary>How far the content has been handed out.</summary>
    public long Position { get; private set; }

    /// <summary>What went wrong with the source, in contrast to the registry; null while it is well.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Goes to an offset that has been reached before, or stays where it is.</summary>
    public async ValueTask SeekAsync(long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, _hashed);
        if (_stream is not null && Position == offset)
            return;

        try
        {
            if (_stream is not null)
                await _stream.DisposeAsync().ConfigureAwait(false);
            _stream = Descriptor.Data is { } data
                ? new MemoryStream(data[(int)offset..].ToArray(), writable: false)
                : await source.OpenBlobAsync(Descriptor, offset, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Failure = error;
            throw;
        }

        Position = offset;
        _reported = Math.Min(_reported, offset);
    }

    /// <summary>Reads on; 0 only at the end of the blob.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long rest = Descriptor.Size - Position;
        if (rest == 0)
            return 0;

        try
        {
            Memory<byte> wanted = buffer[..(int)Math.Min(buffer.Length, rest)];
            int count = await _stream!.ReadAsync(wanted, cancellationToken).ConfigureAwait(false);
            if (count == 0)
                throw Mismatch($"ends after {Position} bytes");
            Account(wanted.Span[..count]);
            return count;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Failure = error;
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Lock.WaitAsync().ConfigureAwait(false);
        _hash.Dispose();
        if (_stream is not null)
            await _stream.DisposeAsync().ConfigureAwait(false);
        Lock.Dispose();
    }

    private void Account(ReadOnlySpan<byte> content)
    {
        Position += content.Length;
        if (Position > _hashed)
        {
            _hash.AppendData(content[^(int)(Position - _hashed)..]);
            _hashed = Position;
            if (_hashed == Descriptor.Size)
                RequireDigest();
        }

        if (Position - _reported >= ReportStep)
        {
            _reported = Position;
            progress?.Report(new TransferEvent
            {
                Kind = TransferEventKind.Advanced,
                Descriptor = Descriptor,
                Bytes = Position,
            });
        }
    }

    private void RequireDigest()
    {
        Digest found = Digest.FromHash(Descriptor.Digest.Algorithm, _hash.GetCurrentHash());
        if (!found.Equals(Descriptor.Digest))
            throw Mismatch($"is {found}");
    }

    private OciException Mismatch(string found) => new(
        OciErrorCode.ContentMismatch,
        $"The blob {Descriptor.Digest} of {source.Location} {found}, which is not what its manifest promises. "
            + "The source is damaged; fetch it again.",
        Descriptor);
}
