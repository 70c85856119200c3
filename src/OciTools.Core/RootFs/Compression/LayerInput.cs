using System.Buffers;

namespace OciTools.RootFs;

/// <summary>The packed bytes of a layer: read in large pieces, counted, and seen before they are taken.</summary>
/// <param name="inner">Where they come from; disposed together with this stream.</param>
internal sealed class LayerInput(Stream inner) : ReadOnlyStream
{
    private const int BufferLength = 128 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
    private int _start;
    private int _end;

    /// <summary>How many bytes have come in.</summary>
    public long Count { get; private set; }

    /// <summary>Looks at the first bytes: as many as are asked for, or all that there are.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int length, CancellationToken cancellationToken)
    {
        int read;
        do
        {
            read = await inner.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            _end += read;
            Count += read;
        }
        while (read > 0 && _end < length);
        return _buffer.AsMemory(0, Math.Min(length, _end));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        if (_start == _end && !buffer.IsEmpty)
            Fill(inner.Read(_buffer));
        return Take(buffer);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        if (_start == _end && !buffer.IsEmpty)
            Fill(await inner.ReadAsync(_buffer, cancellationToken).ConfigureAwait(false));
        return Take(buffer.Span);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Fill(int read)
    {
        _start = 0;
        _end = read;
        Count += read;
    }

    private int Take(Span<byte> buffer)
    {
        int taken = Math.Min(buffer.Length, _end - _start);
        _buffer.AsSpan(_start, taken).CopyTo(buffer);
        _start += taken;
        return taken;
    }
}
