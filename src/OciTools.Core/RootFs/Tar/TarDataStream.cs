namespace OciTools.RootFs;

/// <summary>What is stored of an entry, until the next entry is read.</summary>
internal sealed class TarDataStream(TarInput input, TarEntry entry, long length, TarFault fault) : ReadOnlyStream
{
    private bool _isOver;

    /// <summary>How many bytes have not been read.</summary>
    public long Remaining { get; private set; } = length;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        int count = Limit(buffer.Length);
        return count == 0 ? 0 : Take(input.Read(buffer[..count]));
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        int count = Limit(buffer.Length);
        return count == 0 ? 0 : Take(await input.ReadAsync(buffer[..count], cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Ends the stream, because the reader has moved on.</summary>
    public void End() => _isOver = true;

    private int Limit(int count) => (int)Math.Min(count, Remaining);

    private int Take(int read)
    {
        if (read == 0)
            throw fault.Invalid(input.Offset, entry.Name, "it ends too early");
        Remaining -= read;
        return read;
    }
}
