using System.Numerics;

namespace OciTools.RootFs;

/// <summary>A decoding table of finite state entropy (RFC 8878, section 4.1).</summary>
internal sealed class FseTable(FseCode code)
{
    private const int LowestLog = 5;
    private const short LessThanOne = -1;

    private readonly short[] _probabilities = new short[code.Bases.Length];
    private readonly ushort[] _next = new ushort[code.Bases.Length];
    private readonly byte[] _symbols = new byte[1 << code.MaximumLog];
    private readonly FseCell[] _cells = new FseCell[1 << code.MaximumLog];

    /// <summary>The number of states, as a power of two.</summary>
    public int Log { get; private set; }

    /// <summary>The states.</summary>
    public ReadOnlySpan<FseCell> Cells => _cells.AsSpan(0, 1 << Log);

    /// <summary>Reads the description of a table, and builds it.</summary>
    /// <returns>How many bytes the description takes.</returns>
    /// <exception cref="ZstdException">The description is malformed.</exception>
    public int Read(ReadOnlySpan<byte> source)
    {
        var bits = new ForwardBitReader(source);
        int log = LowestLog + bits.Read(4);
        if (log > code.MaximumLog)
            throw new ZstdException($"the table of {code.Name} is too large");

        int remaining = (1 << log) + 1;
        int symbol = 0;
        while (remaining > 1)
        {
            if (symbol >= _probabilities.Length)
                throw new ZstdException($"the table of {code.Name} has too many symbols");

            short probability = ReadProbability(ref bits, remaining);
            remaining -= Math.Abs(probability);
            _probabilities[symbol++] = probability;
            if (probability == 0)
                symbol += SkipAbsent(ref bits, symbol);
        }

        int length = bits.GetByteCount();
        Build(_probabilities.AsSpan(0, symbol), log);
        return length;
    }

    /// <summary>Builds the table for symbols of given probabilities; -1 stands for less than 1.</summary>
    public void Build(ReadOnlySpan<short> probabilities, int log)
    {
        Log = log;
        SpreadSymbols(probabilities);
        int size = 1 << log;
        for (int state = 0; state < size; state++)
        {
            byte symbol = _symbols[state];
            int next = _next[symbol]++;
            int stateBits = log - BitOperations.Log2((uint)next);
            _cells[state] = new FseCell(
                code.Bases[symbol], (ushort)((next << stateBits) - size), (byte)stateBits, code.ExtraBits[symbol]);
        }
    }

    /// <summary>Builds the table for one symbol that is repeated without any bits.</summary>
    /// <exception cref="ZstdException">There is no such symbol.</exception>
    public void BuildSingle(byte symbol)
    {
        if (symbol >= code.Bases.Length)
            throw new ZstdException($"there is no such symbol among {code.Name}");

        Log = 0;
        _cells[0] = new FseCell(code.Bases[symbol], 0, 0, code.ExtraBits[symbol]);
    }

    /// <summary>
    /// Values below a threshold take one bit less, because not all values of the full width can occur.
    /// </summary>
    private static short ReadProbability(ref ForwardBitReader bits, int remaining)
    {
        int width = BitOperations.Log2((uint)remaining) + 1;
        int half = 1 << (width - 1);
        int saved = (1 << width) - 1 - remaining;
        int value = bits.Read(width - 1);
        if (value >= saved)
        {
            value |= bits.Read(1) << (width - 1);
            if (value >= half)
                value -= saved;
        }

        return (short)(value - 1);
    }

    /// <summary>
    /// After a symbol that is absent, two bits tell how many more are; three mean that two more bits follow.
    /// </summary>
    private int SkipAbsent(ref ForwardBitReader bits, int symbol)
    {
        int skipped = 0;
        int run;
        do
        {
            run = bits.Read(2);
            if (symbol + skipped + run > _probabilities.Length)
                throw new ZstdException($"the table of {code.Name} has too many symbols");

            _probabilities.AsSpan(symbol + skipped, run).Clear();
            skipped += run;
        }
        while (run == 3);
        return skipped;
    }

    private void SpreadSymbols(ReadOnlySpan<short> probabilities)
    {
        int size = 1 << Log;
        int high = size - 1;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            if (probabilities[symbol] == LessThanOne)
                _symbols[high--] = (byte)symbol;
            _next[symbol] = (ushort)Math.Abs(probabilities[symbol]);
        }

        int step = (size >> 1) + (size >> 3) + 3;
        int position = 0;
        for (int symbol = 0; symbol < probabilities.Length; symbol++)
        {
            for (int i = 0; i < probabilities[symbol]; i++)
            {
                _symbols[position] = (byte)symbol;
                do
                    position = (position + step) & (size - 1);
                while (position > high);
            }
        }
    }
}
