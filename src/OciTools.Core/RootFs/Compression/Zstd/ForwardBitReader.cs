namespace OciTools.RootFs;

/// <summary>Reads bits from the lowest bit of the first byte on, as the descriptions of tables are stored.</summary>
internal ref struct ForwardBitReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private int _position;

    /// <summary>Reads up to 16 bits as a number.</summary>
    /// <exception cref="ZstdException">There are no more bits.</exception>
    public int Read(int count)
    {
        if (_position + count > _source.Length * 8)
            throw new ZstdException("the description of a table ends too early");

        int value = 0;
        for (int i = 0; i < count; i++, _position++)
            value |= ((_source[_position >> 3] >> (_position & 7)) & 1) << i;
        return value;
    }

    /// <summary>How many bytes have been begun.</summary>
    public readonly int GetByteCount() => (_position + 7) >> 3;
}
