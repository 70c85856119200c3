namespace OciTools.RootFs;

/// <summary>One header block of 512 bytes, in any of the formats of tar.</summary>
/// <remarks>
/// Numbers that are malformed, or too large for 63 bits, are a <see cref="FormatException"/> that names the field.
/// </remarks>
internal readonly ref struct TarHeader(ReadOnlySpan<byte> block)
{
    /// <summary>The length of a block.</summary>
    public const int Length = 512;

    private const int ChecksumStart = 148;
    private const int ChecksumEnd = 156;

    private readonly ReadOnlySpan<byte> _block = block[..Length];

    /// <summary>Whether the block is one of the two that end an archive.</summary>
    public bool IsZero => !_block.ContainsAnyExcept((byte)0);

    /// <summary>
    /// Whether the checksum is right, as a sum of unsigned bytes or, as some old tars have it, of signed ones.
    /// </summary>
    public bool HasValidChecksum
    {
        get
        {
            long unsigned = 0;
            long signed = 0;
            for (int i = 0; i < Length; i++)
            {
                byte value = i is >= ChecksumStart and < ChecksumEnd ? (byte)' ' : _block[i];
                unsigned += value;
                signed += (sbyte)value;
            }

            return TryReadNumber(_block[ChecksumStart..ChecksumEnd], out long sum)
                && (sum == unsigned || sum == signed);
        }
    }

    /// <summary>The type of the entry.</summary>
    public char Type => (char)_block[156];

    /// <summary>Whether the header is older than POSIX: it says nothing but what Unix version 7 knew.</summary>
    public bool IsVersion7 => !_block[257..].StartsWith("ustar"u8);

    /// <summary>
    /// Whether the header is one of GNU tar, with its own fields where POSIX has the prefix of the name.
    /// </summary>
    public bool IsGnu => _block[257..].StartsWith("ustar  \0"u8);

    /// <summary>The name; with the prefix that POSIX has for it.</summary>
    public string Name
    {
        get
        {
            string name = ReadText(0, 100);
            if (IsVersion7 || IsGnu)
                return name;

            // star ends its headers with this mark, and keeps times in the last 24 bytes of the prefix.
            int prefixLength = _block[508..].SequenceEqual("tar\0"u8) ? 131 : 155;
            string prefix = ReadText(345, prefixLength);
            return prefix.Length == 0 ? name : $"{prefix}/{name}";
        }
    }

    public int Mode => (int)(ReadNumber(100, 8, "mode") & TarEntry.ModeMask);

    public long Uid => ReadNumber(108, 8, "uid");

    public long Gid => ReadNumber(116, 8, "gid");

    public long Size => ReadNumber(124, 12, "size");

    /// <summary>The time of the last change, in seconds since 1970.</summary>
    public long ModifiedTime => ReadNumber(136, 12, "mtime");

    public string LinkName => ReadText(157, 100);

    public string UserName => IsVersion7 ? "" : ReadText(265, 32);

    public string GroupName => IsVersion7 ? "" : ReadText(297, 32);

    public long DeviceMajor => IsVersion7 ? 0 : ReadNumber(329, 8, "devmajor");

    public long DeviceMinor => IsVersion7 ? 0 : ReadNumber(337, 8, "devminor");

    /// <summary>The first four pieces of the map of an old GNU sparse file.</summary>
    public ReadOnlySpan<byte> SparseMap => _block.Slice(386, 4 * TarSparseMap.OldPieceLength);

    /// <summary>Whether blocks with more pieces of the map follow.</summary>
    public bool HasMoreSparseMap => _block[482] != 0;

    /// <summary>The size of an old GNU sparse file with its holes.</summary>
    public long SparseSize => ReadNumber(483, 12, "real size");

    /// <summary>
    /// Reads a number: octal digits with spaces and zero bytes around them, or, when the first bit is set, two's
    /// complement in all the bits that follow it.
    /// </summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> field, out long value) => (field[0] & 0x80) != 0
        ? TryReadBinary(field, out value)
        : TryReadOctal(field, out value);

    private static bool TryReadBinary(ReadOnlySpan<byte> field, out long value)
    {
        bool isNegative = (field[0] & 0x40) != 0;
        value = isNegative ? -1 : 0;
        for (int i = 0; i < field.Length; i++)
        {
            // The first bit only marks the form.
            int bits = i > 0 ? field[i] : isNegative ? field[0] : field[0] & 0x7F;
            long wider = (value << 8) | (byte)bits;
            if (wider >> 8 != value)
                return false;
            value = wider;
        }

        return true;
    }

    private static bool TryReadOctal(ReadOnlySpan<byte> field, out long value)
    {
        value = 0;
        ReadOnlySpan<byte> digits = field.TrimStart((byte)' ');
        int end = digits.IndexOfAny((byte)0, (byte)' ');
        if (end >= 0)
            digits = digits[..end];
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return false;
            value = (value << 3) | (long)(digit - '0');
        }

        return true;
    }

    private long ReadNumber(int start, int length, string name) =>
        TryReadNumber(_block.Slice(start, length), out long value)
            ? value
            : throw new FormatException($"its {name} is not a number");

    private string ReadText(int start, int length)
    {
        ReadOnlySpan<byte> field = _block.Slice(start, length);
        int end = field.IndexOf((byte)0);
        return TarText.Decode(end < 0 ? field : field[..end]);
    }
}
