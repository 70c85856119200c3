namespace OciTools.RootFs;

/// <summary>A sparse file with its holes as zeros.</summary>
/// <param name="stored">The stored pieces, one after another.</param>
/// <param name="map">Where they belong.</param>
/// <param name="size">The size of the file with its holes.</param>
internal sealed class TarSparseStream(TarDataStream stored, TarSparseMap map, long size) : ReadOnlyStream
{
    private long _position;
    private int _piece;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        buffer = buffer[..GetRun(buffer.Length, out bool isHole)];
        if (!isHole)
            return Advance(stored.Read(buffer));
        buffer.Clear();
        return Advance(buffer.Length);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer = buffer[..GetRun(buffer.Length, out bool isHole)];
        if (!isHole)
            return Advance(await stored.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
        buffer.Span.Clear();
        return Advance(buffer.Length);
    }

    /// <summary>How much can be read at once: up to where a hole or a piece ends.</summary>
    private int GetRun(int wanted, out bool isHole)
    {
        while (_piece < map.Count && _position >= map.GetOffset(_piece) + map.GetLength(_piece))
            _piece++;

        bool isLast = _piece == map.Count;
        isHole = isLast || _position < map.GetOffset(_piece);
        long end = isLast ? size : map.GetOffset(_piece) + (isHole ? 0 : map.GetLength(_piece));
        return (int)Math.Min(wanted, end - _position);
    }

    private int Advance(int read)
    {
        _position += read;
        return read;
    }
}
