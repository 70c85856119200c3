using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>Passes the body of an answer on as a <see cref="BodyFault"/> says.</summary>
internal sealed class FaultyBody(Stream inner, BodyFault fault, HttpContext context) : Stream
{
    private long _position;
    private bool _stalled;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The headers are final once the body is started, and with them what is left of its length.
        await context.Response.StartAsync(cancellationToken);
        if (fault.DropLast > 0 && context.Response.ContentLength is long length)
            buffer = buffer[..(int)Math.Clamp(length - _position, 0, buffer.Length)];

        while (!buffer.IsEmpty)
        {
            await StopAsync(cancellationToken);
            int count = (int)Math.Min(buffer.Length, NextStop() - _position);
            await inner.WriteAsync(Corrupt(buffer[..count]), cancellationToken);
            _position += count;
            buffer = buffer[count..];
            if (fault.DripLength is not null)
            {
                await inner.FlushAsync(cancellationToken);
                await Task.Delay(fault.DripPause, cancellationToken);
            }
        }
    }

    /// <summary>Does what is to be done at the end of the body.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        if (HttpMethods.IsHead(context.Request.Method))
            return;
        if (fault.Append > 0)
            await inner.WriteAsync(new byte[fault.Append], cancellationToken);
        await StopAsync(cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Bodies are written asynchronously.");

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_position == fault.StallAfter && !_stalled)
        {
            _stalled = true;
            await inner.FlushAsync(cancellationToken);
            await fault.Stall(cancellationToken);
        }

        if (_position == fault.CutAfter)
            throw new CutException();
    }

    private long NextStop()
    {
        long next = long.MaxValue;
        if (fault.CutAfter > _position)
            next = fault.CutAfter.Value;
        if (fault.StallAfter > _position)
            next = Math.Min(next, fault.StallAfter.Value);
        if (fault.DripLength is int drip)
            next = Math.Min(next, _position + drip);
        return next;
    }

    private ReadOnlyMemory<byte> Corrupt(ReadOnlyMemory<byte> buffer)
    {
        if (fault.CorruptAt is not long place || place < _position || place >= _position + buffer.Length)
            return buffer;
        byte[] copy = buffer.ToArray();
        copy[place - _position] ^= 1;
        return copy;
    }

    /// <summary>Ends the writing of an answer that is to be cut.</summary>
    internal sealed class CutException : Exception;
}
