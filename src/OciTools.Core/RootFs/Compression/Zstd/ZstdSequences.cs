using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OciTools.RootFs;

/// <summary>
/// Decodes the sequences of compressed blocks (RFC 8878, section 3.1.1.3.2) and carries them out: each copies some
/// literals and then some of the output before.
/// </summary>
internal sealed class ZstdSequences
{
    private const int Chunk = 16;

    // The bits that the next three states take at most, and so what numbers may use of a refill to leave them enough.
    private const int StateBits = 9 + 9 + 8;
    private const int NumberBits = BackwardBitReader.MinimumBits - StateBits;

    private readonly ZstdSequenceTable _literalLengths = new(FseCode.LiteralLengths);
    private readonly ZstdSequenceTable _matchLengths = new(FseCode.MatchLengths);
    private readonly ZstdSequenceTable _offsets = new(FseCode.Offsets);
    private uint _recent1;
    private uint _recent2;
    private uint _recent3;

    /// <summary>How far apart two copies of a short pattern may be, by its length: a multiple of at least 8.</summary>
    private static ReadOnlySpan<byte> PatternDistances => [0, 8, 8, 9, 8, 10, 12, 14];

    /// <summary>Starts a frame.</summary>
    public void Reset()
    {
        _literalLengths.Reset();
        _matchLengths.Reset();
        _offsets.Reset();
        (_recent1, _recent2, _recent3) = (1, 4, 8);
    }

    /// <summary>Reads the sequences of a block, and adds what they make to the window.</summary>
    /// <param name="buffer">Holds the sequences, and <see cref="BackwardBitReader.Margin"/> bytes before them.</param>
    /// <param name="start">Where they start.</param>
    /// <param name="end">Where the block ends.</param>
    /// <param name="literals">The literals of the block.</param>
    /// <param name="window">Where the output goes; it has room for the largest block.</param>
    /// <exception cref="ZstdException">The sequences are malformed.</exception>
    public void Execute(byte[] buffer, int start, int end, ZstdLiterals literals, ZstdWindow window)
    {
        // What follows writes without further checks.
        if (!window.HasRoom || start < BackwardBitReader.Margin)
            throw new ArgumentException("There is no room for a block.", nameof(window));

        int count = ReadCount(buffer, ref start, end);
        int literal = literals.Start;
        int limit = window.Position + ZstdWindow.MaximumBlock;
        if (count > 0)
        {
            ReadTables(buffer, ref start, end);
            literal = Execute(new BackwardBitReader(buffer, start, end - start), count, literals, window);
        }
        else if (start != end)
        {
            throw new ZstdException("a block without sequences is too long");
        }

        int rest = literals.Start + literals.Length - literal;
        if (rest > limit - window.Position)
            throw new ZstdException("a block makes too much");
        literals.Buffer.AsSpan(literal, rest).CopyTo(window.Buffer.AsSpan(window.Position));
        window.Position += rest;
    }

    private static int ReadCount(byte[] buffer, ref int start, int end)
    {
        int length = start < end ? buffer[start] switch { 255 => 3, >= 128 => 2, _ => 1 } : int.MaxValue;
        if (length > end - start)
            throw new ZstdException("the number of sequences is missing");

        int count = length switch
        {
            1 => buffer[start],
            2 => ((buffer[start] - 128) << 8) + buffer[start + 1],
            _ => buffer[start + 1] + (buffer[start + 2] << 8) + 0x7F00,
        };
        start += length;
        return count;
    }

    private void ReadTables(byte[] buffer, ref int start, int end)
    {
        if (start >= end)
            throw new ZstdException("the tables of sequences are missing");

        int modes = buffer[start++];
        if ((modes & 3) != 0)
            throw new ZstdException("the modes of the tables use reserved bits");
        start += _literalLengths.Read(modes >> 6, buffer.AsSpan(start..end));
        start += _offsets.Read((modes >> 4) & 3, buffer.AsSpan(start..end));
        start += _matchLengths.Read((modes >> 2) & 3, buffer.AsSpan(start..end));
    }

    /// <returns>Where the literals start that no sequence has taken.</returns>
    private int Execute(BackwardBitReader bits, int count, ZstdLiterals literals, ZstdWindow window)
    {
        FseTable literalTable = _literalLengths.Current!;
        FseTable offsetTable = _offsets.Current!;
        FseTable matchTable = _matchLengths.Current!;
        ref FseCell literalCells = ref MemoryMarshal.GetReference(literalTable.Cells);
        ref FseCell offsetCells = ref MemoryMarshal.GetReference(offsetTable.Cells);
        ref FseCell matchCells = ref MemoryMarshal.GetReference(matchTable.Cells);
        uint literalState = bits.Read(literalTable.Log);
        uint offsetState = bits.Read(offsetTable.Log);
        uint matchState = bits.Read(matchTable.Log);

        ref byte literalBuffer = ref MemoryMarshal.GetArrayDataReference(literals.Buffer);
        int literal = literals.Start;
        int literalEnd = literal + literals.Length;
        ref byte output = ref MemoryMarshal.GetArrayDataReference(window.Buffer);
        int position = window.Position;
        int limit = position + ZstdWindow.MaximumBlock;
        while (true)
        {
            bits.Refill();
            ref FseCell literalCell = ref Unsafe.Add(ref literalCells, literalState);
            ref FseCell offsetCell = ref Unsafe.Add(ref offsetCells, offsetState);
            ref FseCell matchCell = ref Unsafe.Add(ref matchCells, matchState);

            bool isWide = offsetCell.ExtraBits + matchCell.ExtraBits + literalCell.ExtraBits > NumberBits;
            uint offset = offsetCell.Base + bits.Read(offsetCell.ExtraBits);
            if (isWide)
                bits.Refill();
            int matchLength = (int)(matchCell.Base + bits.Read(matchCell.ExtraBits));
            int literalLength = (int)(literalCell.Base + bits.Read(literalCell.ExtraBits));
            offset = offset > 3 ? Remember(offset - 3) : Recall(offset, literalLength == 0);

            if (literalLength > literalEnd - literal || literalLength + matchLength > limit - position)
                throw new ZstdException("a sequence goes beyond its block");

            CopyChunks(ref Unsafe.Add(ref literalBuffer, literal), ref Unsafe.Add(ref output, position), literalLength);
            literal += literalLength;
            position += literalLength;
            if (offset > (uint)position)
                CopyFromPrior(window, position, offset, matchLength);
            else
                CopyMatch(ref Unsafe.Add(ref output, position), offset, matchLength);
            position += matchLength;

            if (--count == 0)
                break;
            if (isWide)
                bits.Refill();
            literalState = literalCell.NextState + bits.Read(literalCell.StateBits);
            matchState = matchCell.NextState + bits.Read(matchCell.StateBits);
            offsetState = offsetCell.NextState + bits.Read(offsetCell.StateBits);
        }

        if (!bits.IsExhausted)
            throw new ZstdException("the stream of sequences has not the right length");
        window.Position = position;
        return literal;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Remember(uint offset)
    {
        _recent3 = _recent2;
        _recent2 = _recent1;
        return _recent1 = offset;
    }

    /// <summary>Takes one of the three latest offsets (RFC 8878, section 3.1.1.5).</summary>
    private uint Recall(uint value, bool isShifted)
    {
        if (isShifted)
            value++;
        switch (value)
        {
            case 1:
                return _recent1;
            case 2:
                (_recent1, _recent2) = (_recent2, _recent1);
                return _recent1;
            case 3:
                return Remember(_recent3);
            default:
                return _recent1 > 1 ? Remember(_recent1 - 1) : throw new ZstdException("an offset is zero");
        }
    }

    /// <summary>
    /// Copies whole chunks, so it may touch <see cref="ZstdWindow.Slack"/> bytes too many on both sides.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyChunks(ref byte source, ref byte target, int length)
    {
        Vector128.LoadUnsafe(ref source).StoreUnsafe(ref target);
        for (int i = Chunk; i < length; i += Chunk)
            Vector128.LoadUnsafe(ref source, (nuint)i).StoreUnsafe(ref target, (nuint)i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyMatch(ref byte target, uint offset, int length)
    {
        if (offset >= Chunk)
            CopyChunks(ref Unsafe.Subtract(ref target, offset), ref target, length);
        else
            CopyPattern(ref target, (int)offset, length);
    }

    /// <summary>Copies from so close before that a chunk would overlap itself.</summary>
    private static void CopyPattern(ref byte target, int offset, int length)
    {
        const int Step = sizeof(ulong);
        int i = 0;
        if (offset < Step)
        {
            for (; i < Step; i++)
                Unsafe.Add(ref target, i) = Unsafe.Add(ref target, i - offset);
            offset = PatternDistances[offset];
        }

        for (; i < length; i += Step)
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref target, i - offset));
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, i), word);
        }
    }

    private static void CopyFromPrior(ZstdWindow window, int position, uint offset, int length)
    {
        if (offset > (uint)window.Size || window.PriorEnd == 0)
            throw new ZstdException("a match reaches back beyond the window");

        int back = (int)offset - position;
        int fromPrior = Math.Min(back, length);
        byte[] buffer = window.Buffer;
        buffer.AsSpan(window.PriorEnd - back, fromPrior).CopyTo(buffer.AsSpan(position));
        if (fromPrior < length)
            CopyMatch(ref buffer[position + fromPrior], offset, length - fromPrior);
    }
}
