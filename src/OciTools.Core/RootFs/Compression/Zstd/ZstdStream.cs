using System.Buffers;

namespace OciTools.RootFs;

/// <summary>Unpacks Zstandard data while it is read (RFC 8878): any number of frames one after another.</summary>
/// <remarks>
/// Checksums are verified. Memory is bounded by the window that a frame uses, and a frame gets no memory for what it
/// only promises. Dictionaries are not supported. Reading fails with <see cref="ZstdException"/>.
/// </remarks>
internal sealed class ZstdStream : ReadOnlyStream
{
    /// <summary>The usual limit to the window: 128 MiB, what <c>zstd</c> takes without being asked.</summary>
    public const int DefaultWindowLimit = 128 * 1024 * 1024;

    private const int InputLength = (2 * ZstdDecoder.MaximumPiece) + (2 * ZstdDecoder.Margin);

    private readonly Stream _inner;
    private readonly ZstdDecoder _decoder;
    private byte[] _input = ArrayPool<byte>.Shared.Rent(InputLength);
    private int _start = ZstdDecoder.Margin;
    private int _end = ZstdDecoder.Margin;
    private ReadOnlyMemory<byte> _output;

    /// <summary>Creates the stream.</summary>
    /// <param name="inner">The packed data; disposed together with this stream.</param>
    /// <param name="windowLimit">The largest window that a frame may ask for, in bytes.</param>
    public ZstdStream(Stream inner, int windowLimit = DefaultWindowLimit)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentOutOfRangeException.ThrowIfNegative(windowLimit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(windowLimit, ZstdWindow.Maximum);
        _inner = inner;
        _decoder = new ZstdDecoder(windowLimit);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_input.Length == 0, this);
        while (_output.IsEmpty && !buffer.IsEmpty)
        {
            while (!HasPiece)
            {
                if (!TakeInput(_inner.Read(GetFreeInput().Span)))
                    return 0;
            }

            DecodePiece();
        }

        return TakeOutput(buffer);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_input.Length == 0, this);
        while (_output.IsEmpty && !buffer.IsEmpty)
        {
            while (!HasPiece)
            {
                if (!TakeInput(await _inner.ReadAsync(GetFreeInput(), cancellationToken).ConfigureAwait(false)))
                    return 0;
            }

            DecodePiece();
        }

        return TakeOutput(buffer.Span);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _input.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_input);
            _input = [];
            _output = default;
            _decoder.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool HasPiece => _end - _start >= _decoder.Wanted;

    /// <summary>Moves what is left to the front if the next piece would not fit behind it.</summary>
    private Memory<byte> GetFreeInput()
    {
        if (InputLength - ZstdDecoder.Margin - _start < _decoder.Wanted || _start == _end)
        {
            _input.AsSpan(_start.._end).CopyTo(_input.AsSpan(ZstdDecoder.Margin));
            _end = ZstdDecoder.Margin + _end - _start;
            _start = ZstdDecoder.Margin;
        }

        return _input.AsMemory(_end..(InputLength - ZstdDecoder.Margin));
    }

    /// <returns>Whether there is more; false at the end.</returns>
    private bool TakeInput(int read)
    {
        _end += read;
        if (read > 0)
            return true;
        if (_decoder.IsBetweenFrames && _start == _end)
            return false;
        throw new ZstdException("it ends too early");
    }

    private void DecodePiece()
    {
        int length = _decoder.Wanted;
        _output = _decoder.Accept(_input, _start);
        _start += length;
    }

    private int TakeOutput(Span<byte> buffer)
    {
        int taken = Math.Min(buffer.Length, _output.Length);
        _output.Span[..taken].CopyTo(buffer);
        _output = _output[taken..];
        return taken;
    }
}
