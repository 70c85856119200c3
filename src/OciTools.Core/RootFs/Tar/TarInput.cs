using System.Buffers;

namespace OciTools.RootFs;

/// <summary>The bytes of an archive, from the first to the last.</summary>
internal sealed class TarInput(Stream archive) : IDisposable
{
    private const int UsualLength = 128 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualLength);
    private int _start;
    private int _end;

    /// <summary>Where the next byte stands in the archive.</summary>
    public long Offset { get; private set; }

    private int Buffered => _end - _start;

    /// <summary>Gets bytes ready to be taken.</summary>
    /// <returns>As many as are asked for, or all that there are.</returns>
    public int Fill(int count)
    {
        MakeRoom(count);
        while (Buffered < count)
        {
            int read = archive.Read(_buffer.AsSpan(_end));
            if (read == 0)
                break;
            _end += read;
        }

        return Math.Min(count, Buffered);
    }

    /// <inheritdoc cref="Fill"/>
    public async ValueTask<int> FillAsync(int count, CancellationToken cancellationToken)
    {
        MakeRoom(count);
        while (Buffered < count)
        {
            int read = await archive.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                break;
            _end += read;
        }

        return Math.Min(count, Buffered);
    }

    /// <summary>Takes bytes that are ready. They are valid until the next call.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> taken = _buffer.AsSpan(_start, count);
        _start += count;
        Offset += count;
        return taken;
    }

    /// <summary>Reads some bytes.</summary>
    /// <returns>How many; 0 at the end.</returns>
    public int Read(Span<byte> target)
    {
        if (Buffered == 0 && target.Length >= _buffer.Length)
            return Count(archive.Read(target));
        if (!target.IsEmpty)
            Fill(1);
        return TakeSome(target);
    }

    /// <inheritdoc cref="Read"/>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        if (Buffered == 0 && target.Length >= _buffer.Length)
            return Count(await archive.ReadAsync(target, cancellationToken).ConfigureAwait(false));
        if (!target.IsEmpty)
            await FillAsync(1, cancellationToken).ConfigureAwait(false);
        return TakeSome(target.Span);
    }

    /// <summary>Passes over bytes.</summary>
    /// <returns>How many are missing at the end of the archive; otherwise 0.</returns>
    public long Skip(long count)
    {
        while (count > 0)
        {
            int step = Fill((int)Math.Min(count, UsualLength));
            if (step == 0)
                break;
            Take(step);
            count -= step;
        }

        return count;
    }

    /// <inheritdoc cref="Skip"/>
    public async ValueTask<long> SkipAsync(long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            int step = await FillAsync((int)Math.Min(count, UsualLength), cancellationToken).ConfigureAwait(false);
            if (step == 0)
                break;
            Take(step);
            count -= step;
        }

        return count;
    }

    public void Dispose()
    {
        byte[] buffer = _buffer;
        (_buffer, _start, _end) = ([], 0, 0);
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private int TakeSome(Span<byte> target)
    {
        int count = Math.Min(target.Length, Buffered);
        Take(count).CopyTo(target);
        return count;
    }

    private int Count(int read)
    {
        Offset += read;
        return read;
    }

    private void MakeRoom(int count)
    {
        if (_start + count <= _buffer.Length)
            return;

        byte[] target = count <= _buffer.Length ? _buffer : ArrayPool<byte>.Shared.Rent(count);
        _buffer.AsSpan(_start.._end).CopyTo(target);
        if (target != _buffer)
            ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = (target, 0, Buffered);
    }
}
