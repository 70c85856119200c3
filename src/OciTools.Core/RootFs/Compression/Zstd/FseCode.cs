namespace OciTools.RootFs;

/// <summary>What the symbols of a <see cref="FseTable"/> stand for, and the limits of such tables.</summary>
internal sealed class FseCode
{
    private FseCode(string name, int maximumLog, uint[] bases, byte[] extraBits, short[] defaults, int defaultLog)
    {
        Name = name;
        MaximumLog = maximumLog;
        Bases = bases;
        ExtraBits = extraBits;
        if (defaults.Length > 0)
        {
            Default = new FseTable(this);
            Default.Build(defaults, defaultLog);
        }
    }

    /// <summary>The lengths of literals in sequences (RFC 8878, section 3.1.1.3.2.1.1 and 3.1.1.3.2.2.1).</summary>
    public static FseCode LiteralLengths { get; } = new(
        "literal lengths",
        maximumLog: 9,
        [
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512,
            1024, 2048, 4096, 8192, 16384, 32768, 65536,
        ],
        [
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14,
            15, 16,
        ],
        [
            4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
            -1, -1, -1, -1,
        ],
        defaultLog: 6);

    /// <summary>The lengths of matches in sequences (sections 3.1.1.3.2.1.1 and 3.1.1.3.2.2.2).</summary>
    public static FseCode MatchLengths { get; } = new(
        "match lengths",
        maximumLog: 9,
        [
            .. Enumerable.Range(3, 32).Select(length => (uint)length),
            35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539,
        ],
        [.. new byte[32], 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
        [
            1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
        ],
        defaultLog: 6);

    /// <summary>
    /// The offsets in sequences (sections 3.1.1.3.2.1.1 and 3.1.1.3.2.2.3); 1 to 3 mean recent offsets.
    /// </summary>
    public static FseCode Offsets { get; } = new(
        "offsets",
        maximumLog: 8,
        [.. Enumerable.Range(0, 32).Select(code => 1u << code)],
        [.. Enumerable.Range(0, 32).Select(code => (byte)code)],
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
        defaultLog: 5);

    /// <summary>The weights of a Huffman tree (section 4.2.1.2): they stand for themselves.</summary>
    public static FseCode Weights { get; } = new(
        "Huffman weights",
        maximumLog: 6,
        [.. Enumerable.Range(0, HuffmanTable.MaximumBits + 1).Select(weight => (uint)weight)],
        new byte[HuffmanTable.MaximumBits + 1],
        [],
        defaultLog: 0);

    /// <summary>What the symbols count, for messages.</summary>
    public string Name { get; }

    /// <summary>How large a table may be, as a power of two.</summary>
    public int MaximumLog { get; }

    /// <summary>The number, or the smallest number, that each symbol stands for.</summary>
    public uint[] Bases { get; }

    /// <summary>How many bits of the stream are added to the number of each symbol.</summary>
    public byte[] ExtraBits { get; }

    /// <summary>The table of blocks that state none.</summary>
    public FseTable? Default { get; }
}
