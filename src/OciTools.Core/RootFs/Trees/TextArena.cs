using System.Buffers.Binary;

namespace OciTools.RootFs;

/// <summary>Many short texts, as bytes one after the other, each with its length before it.</summary>
internal sealed class TextArena
{
    private const int PieceBits = 16;
    private const int PieceLength = 1 << PieceBits;
    private const int PrefixLength = sizeof(int);

    /// <summary>All texts together: 1 GiB, several times what the names of four million files take.</summary>
    private const long MaximumLength = 1L << 30;

    private readonly List<byte[]> _pieces = [];
    private int _taken = PieceLength;
    private long _length;

    /// <summary>The text at a place; the place 0 has the empty text.</summary>
    public ReadOnlySpan<byte> this[uint place]
    {
        get
        {
            if (place == 0)
                return [];
            ReadOnlySpan<byte> rest = _pieces[(int)(place >> PieceBits)].AsSpan((int)(place & (PieceLength - 1)));
            return rest.Slice(PrefixLength, BinaryPrimitives.ReadInt32LittleEndian(rest));
        }
    }

    /// <summary>Adds a text.</summary>
    /// <returns>Its place.</returns>
    /// <exception cref="OciException"><see cref="OciErrorCode.LimitExceeded"/>.</exception>
    public uint Add(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return 0;
        int length = PrefixLength + text.Length;
        _length += length;
        if (_length > MaximumLength)
            throw EntryFault.TooMuchMetadata(MaximumLength);
        if (_taken + length > PieceLength)
        {
            // Nothing lies at the place 0.
            _taken = _pieces.Count == 0 ? 1 : 0;
            _pieces.Add(GC.AllocateUninitializedArray<byte>(Math.Max(PieceLength, _taken + length)));
        }

        Span<byte> rest = _pieces[^1].AsSpan(_taken);
        BinaryPrimitives.WriteInt32LittleEndian(rest, text.Length);
        text.CopyTo(rest[PrefixLength..]);
        uint place = ((uint)(_pieces.Count - 1) << PieceBits) | (uint)_taken;
        _taken += length;
        return place;
    }
}
