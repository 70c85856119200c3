using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OciTools.RootFs;

/// <summary>The prefix code of the literals of a block (RFC 8878, section 4.2).</summary>
/// <remarks>Buffers hold <see cref="BackwardBitReader.Margin"/> readable bytes before what is read from them.</remarks>
internal sealed class HuffmanTable
{
    /// <summary>The length of the longest code.</summary>
    public const int MaximumBits = 11;

    private const int MaximumWeights = 255;
    private const int DirectMark = 127;
    private const int JumpTableLength = 6;

    // A word of 64 bits holds five codes behind the eight bits that may be gone when it is loaded.
    private const int SymbolsPerWord = 5;
    private const int BytesPerWord = 7;

    // Each cell holds the length of the code in its low byte and the symbol in its high byte.
    private readonly ushort[] _cells = new ushort[1 << MaximumBits];
    private readonly byte[] _weights = new byte[MaximumWeights + 1];
    private readonly FseTable _weightTable = new(FseCode.Weights);
    private int _log;

    /// <summary>Whether a tree has been read since the last <see cref="Reset"/>.</summary>
    public bool IsDefined => _log > 0;

    /// <summary>Forgets the tree.</summary>
    public void Reset() => _log = 0;

    /// <summary>Reads the description of a tree.</summary>
    /// <returns>Where the description ends.</returns>
    /// <exception cref="ZstdException">The description is malformed.</exception>
    public int Read(ReadOnlySpan<byte> buffer, int start, int end)
    {
        if (start >= end)
            throw new ZstdException("a Huffman tree is missing");

        int header = buffer[start];
        int count = header - DirectMark;
        int length = count > 0 ? (count + 1) / 2 : header;
        if (length > end - start - 1)
            throw new ZstdException("a Huffman tree ends too early");

        if (count > 0)
            ReadDirectWeights(buffer[(start + 1)..], count);
        else
            count = ReadCompressedWeights(buffer, start + 1, start + 1 + length);
        Build(count);
        return start + 1 + length;
    }

    /// <summary>Decodes one stream.</summary>
    /// <exception cref="ZstdException">The stream has not exactly as many symbols as the output.</exception>
    public void Decode(ReadOnlySpan<byte> buffer, int start, int end, Span<byte> output) =>
        Decode(new BackwardBitReader(buffer, start, end - start), output);

    /// <summary>
    /// Decodes four streams: each makes a quarter of the output, rounded up, and the last one makes the rest.
    /// </summary>
    /// <exception cref="ZstdException">The streams have not exactly as many symbols as the output.</exception>
    public void DecodeFour(ReadOnlySpan<byte> buffer, int start, int end, Span<byte> output)
    {
        int quarter = (output.Length + 3) / 4;
        int last = output.Length - (3 * quarter);
        if (end - start < JumpTableLength || last < 0)
            throw new ZstdException("the streams of literals are too short");

        int start1 = start + JumpTableLength;
        int start2 = start1 + BinaryPrimitives.ReadUInt16LittleEndian(buffer[start..]);
        int start3 = start2 + BinaryPrimitives.ReadUInt16LittleEndian(buffer[(start + 2)..]);
        int start4 = start3 + BinaryPrimitives.ReadUInt16LittleEndian(buffer[(start + 4)..]);
        if (start1 == start2 || start2 == start3 || start3 == start4 || start4 >= end)
            throw new ZstdException("the lengths of the streams of literals do not fit");

        // The lowest bit of a word is set when it is loaded, and moves up as codes leave at the top: it counts them.
        ref byte input = ref MemoryMarshal.GetReference(buffer);
        int position1 = start2 - sizeof(ulong);
        int position2 = start3 - sizeof(ulong);
        int position3 = start4 - sizeof(ulong);
        int position4 = end - sizeof(ulong);
        ulong bits1 = Load(ref input, position1) << BackwardBitReader.EndMarkLength(buffer[start2 - 1]);
        ulong bits2 = Load(ref input, position2) << BackwardBitReader.EndMarkLength(buffer[start3 - 1]);
        ulong bits3 = Load(ref input, position3) << BackwardBitReader.EndMarkLength(buffer[start4 - 1]);
        ulong bits4 = Load(ref input, position4) << BackwardBitReader.EndMarkLength(buffer[end - 1]);

        int done = 0;
        int shift = 64 - _log;
        ref ushort cells = ref MemoryMarshal.GetArrayDataReference(_cells);
        ref byte output1 = ref MemoryMarshal.GetReference(output);
        ref byte output2 = ref Unsafe.Add(ref output1, quarter);
        ref byte output3 = ref Unsafe.Add(ref output2, quarter);
        ref byte output4 = ref Unsafe.Add(ref output3, quarter);
        while (true)
        {
            int nearest = Math.Min(
                Math.Min(position1 - start1, position2 - start2), Math.Min(position3 - start3, position4 - start4));
            int words = Math.Min(nearest / BytesPerWord, (last - done) / SymbolsPerWord);
            if (words <= 0)
                break;

            for (; words > 0; words--)
            {
                for (int next = done + SymbolsPerWord; done < next; done++)
                {
                    bits1 = Emit(bits1, ref cells, shift, ref Unsafe.Add(ref output1, done));
                    bits2 = Emit(bits2, ref cells, shift, ref Unsafe.Add(ref output2, done));
                    bits3 = Emit(bits3, ref cells, shift, ref Unsafe.Add(ref output3, done));
                    bits4 = Emit(bits4, ref cells, shift, ref Unsafe.Add(ref output4, done));
                }

                int used1 = BitOperations.TrailingZeroCount(bits1);
                int used2 = BitOperations.TrailingZeroCount(bits2);
                int used3 = BitOperations.TrailingZeroCount(bits3);
                int used4 = BitOperations.TrailingZeroCount(bits4);
                position1 -= used1 >> 3;
                position2 -= used2 >> 3;
                position3 -= used3 >> 3;
                position4 -= used4 >> 3;
                bits1 = Load(ref input, position1) << (used1 & 7);
                bits2 = Load(ref input, position2) << (used2 & 7);
                bits3 = Load(ref input, position3) << (used3 & 7);
                bits4 = Load(ref input, position4) << (used4 & 7);
            }
        }

        Decode(Resume(buffer, start1, position1, bits1), output[done..quarter]);
        Decode(Resume(buffer, start2, position2, bits2), output.Slice(quarter + done, quarter - done));
        Decode(Resume(buffer, start3, position3, bits3), output.Slice((2 * quarter) + done, quarter - done));
        Decode(Resume(buffer, start4, position4, bits4), output.Slice((3 * quarter) + done, last - done));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load(ref byte origin, int position)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref origin, position));
        return (BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word)) | 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Emit(ulong bits, ref ushort cells, int shift, ref byte output)
    {
        uint cell = Unsafe.Add(ref cells, (nint)(bits >> shift));
        output = (byte)(cell >> 8);
        return bits << (int)cell;
    }

    private static BackwardBitReader Resume(ReadOnlySpan<byte> buffer, int start, int position, ulong bits) =>
        new(buffer, start, position + sizeof(ulong), BitOperations.TrailingZeroCount(bits));

    private void Decode(BackwardBitReader reader, Span<byte> output)
    {
        int log = _log;
        while (output.Length > 0)
        {
            reader.Refill();
            int count = Math.Min(SymbolsPerWord, output.Length);
            for (int i = 0; i < count; i++)
            {
                uint cell = _cells[reader.Peek(log)];
                reader.Skip((byte)cell);
                output[i] = (byte)(cell >> 8);
            }

            output = output[count..];
        }

        if (!reader.IsExhausted)
            throw new ZstdException("a stream of literals has not the right length");
    }

    /// <summary>Weights of four bits each, the first in the high half of a byte.</summary>
    private void ReadDirectWeights(ReadOnlySpan<byte> source, int count)
    {
        for (int i = 0; i < count; i++)
            _weights[i] = (byte)((source[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15);
    }

    /// <summary>Weights from two states that take turns on one stream until it is used up (section 4.2.1.2).</summary>
    private int ReadCompressedWeights(ReadOnlySpan<byte> buffer, int start, int end)
    {
        start += _weightTable.Read(buffer[start..end]);
        var reader = new BackwardBitReader(buffer, start, end - start);
        ReadOnlySpan<FseCell> cells = _weightTable.Cells;
        int current = (int)reader.Read(_weightTable.Log);
        int other = (int)reader.Read(_weightTable.Log);
        int count = 0;
        while (true)
        {
            FseCell cell = cells[current];
            Add(cell.Base);
            reader.Refill();
            int next = cell.NextState + (int)reader.Read(cell.StateBits);
            if (reader.IsOverrun)
            {
                Add(cells[other].Base);
                return count;
            }

            current = other;
            other = next;
        }

        void Add(uint weight)
        {
            if (count >= MaximumWeights)
                throw new ZstdException("a Huffman tree has too many weights");
            _weights[count++] = (byte)weight;
        }
    }

    /// <summary>
    /// Completes the weights by the last one, which is not stored, and gives each symbol its share of the cells.
    /// </summary>
    private void Build(int count)
    {
        int sum = 0;
        foreach (byte weight in _weights.AsSpan(0, count))
            sum += weight > MaximumBits ? throw new ZstdException("a Huffman code is too long") : (1 << weight) >> 1;

        int log = BitOperations.Log2((uint)sum) + 1;
        int rest = (1 << log) - sum;
        if (sum == 0 || log > MaximumBits || !BitOperations.IsPow2(rest))
            throw new ZstdException("the weights of a Huffman tree do not fit");

        _weights[count++] = (byte)(BitOperations.Log2((uint)rest) + 1);
        Span<ushort> free = _cells;
        for (int weight = 1; weight <= log; weight++)
        {
            for (int symbol = 0; symbol < count; symbol++)
            {
                if (_weights[symbol] != weight)
                    continue;
                int share = 1 << (weight - 1);
                free[..share].Fill((ushort)((symbol << 8) | (log + 1 - weight)));
                free = free[share..];
            }
        }

        _log = log;
    }
}
