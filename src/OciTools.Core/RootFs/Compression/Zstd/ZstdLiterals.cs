using System.Buffers;

namespace OciTools.RootFs;

/// <summary>Decodes the literals of compressed blocks (RFC 8878, section 3.1.1.3.1).</summary>
internal sealed class ZstdLiterals : IDisposable
{
    private const int Raw = 0;
    private const int Repeated = 1;
    private const int Treeless = 3;

    private readonly HuffmanTable _huffman = new();
    private readonly byte[] _decoded = ArrayPool<byte>.Shared.Rent(ZstdWindow.MaximumBlock + ZstdWindow.Slack);

    /// <summary>Holds the literals of the latest block.</summary>
    public byte[] Buffer { get; private set; } = [];

    /// <summary>Where the literals start in <see cref="Buffer"/>.</summary>
    public int Start { get; private set; }

    /// <summary>How many literals the latest block has.</summary>
    public int Length { get; private set; }

    /// <summary>Starts a frame.</summary>
    public void Reset() => _huffman.Reset();

    /// <summary>Reads the literals of a block.</summary>
    /// <returns>Where the sequences of the block start.</returns>
    /// <exception cref="ZstdException">The literals are malformed.</exception>
    public int Read(byte[] buffer, int start, int end)
    {
        if (start >= end)
            throw new ZstdException("a block has no literals section");

        int type = buffer[start] & 3;
        int format = (buffer[start] >> 2) & 3;
        return type is Raw or Repeated
            ? ReadPlain(buffer, start, end, type, format)
            : ReadCoded(buffer, start, end, type, format);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_decoded);

    private int ReadPlain(byte[] buffer, int start, int end, int type, int format)
    {
        // The lowest bit of the format is part of the length when it is 0.
        (int headerLength, int unused) = format switch { 1 => (2, 4), 3 => (3, 4), _ => (1, 3) };
        SetLength((int)(ReadHeader(buffer, start, end, headerLength) >> unused));
        start += headerLength;
        if (type == Repeated)
        {
            if (start >= end)
                throw new ZstdException("a literal is missing");
            _decoded.AsSpan(0, Length).Fill(buffer[start]);
            (Buffer, Start) = (_decoded, 0);
            return start + 1;
        }

        if (Length > end - start)
            throw new ZstdException("literals are missing");
        (Buffer, Start) = (buffer, start);
        return start + Length;
    }

    private int ReadCoded(byte[] buffer, int start, int end, int type, int format)
    {
        (int headerLength, int width) = format switch { 2 => (4, 14), 3 => (5, 18), _ => (3, 10) };
        ulong header = ReadHeader(buffer, start, end, headerLength) >> 4;
        int mask = (1 << width) - 1;
        SetLength((int)header & mask);
        start += headerLength;
        int codedLength = (int)(header >> width) & mask;
        if (codedLength > end - start)
            throw new ZstdException("coded literals are missing");

        end = start + codedLength;
        if (type != Treeless)
            start = _huffman.Read(buffer, start, end);
        else if (!_huffman.IsDefined)
            throw new ZstdException("there is no Huffman tree to repeat");

        (Buffer, Start) = (_decoded, 0);
        if (format == 0)
            _huffman.Decode(buffer, start, end, _decoded.AsSpan(0, Length));
        else
            _huffman.DecodeFour(buffer, start, end, _decoded.AsSpan(0, Length));
        return end;
    }

    private void SetLength(int length) => Length = length <= ZstdWindow.MaximumBlock
        ? length
        : throw new ZstdException("a block has too many literals");

    private static ulong ReadHeader(byte[] buffer, int start, int end, int length)
    {
        if (length > end - start)
            throw new ZstdException("the header of literals ends too early");

        ulong header = 0;
        for (int i = 0; i < length; i++)
            header |= (ulong)buffer[start + i] << (8 * i);
        return header;
    }
}
