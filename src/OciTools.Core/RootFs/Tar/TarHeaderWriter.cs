using System.Text;

namespace OciTools.RootFs;

/// <summary>
/// Fills header blocks of the ustar format (POSIX.1-2017, pax, "ustar Interchange Format"), and knows what fits into
/// one.
/// </summary>
internal static class TarHeaderWriter
{
    private const int NameLength = 100;
    private const int PrefixLength = 155;
    private const int OwnerNameLength = 31;
    private const int ChecksumStart = 148;
    private const int IdDigits = 7;
    private const int SizeDigits = 11;

    /// <summary>Fills a block with what fits of an entry; the rest is the matter of an extended header.</summary>
    public static void Write(Span<byte> block, TarEntry entry, char type)
    {
        block.Clear();
        if (TrySplitName(entry.Name, out string prefix, out string name))
        {
            WriteText(block[345..], prefix, PrefixLength);
            WriteText(block, name, NameLength);
        }
        else
        {
            WriteText(block, entry.Name, NameLength);
        }

        WriteNumber(block[100..], IdDigits, entry.Mode);
        WriteNumber(block[108..], IdDigits, FitsId(entry.Uid) ? entry.Uid : 0);
        WriteNumber(block[116..], IdDigits, FitsId(entry.Gid) ? entry.Gid : 0);
        WriteNumber(block[124..], SizeDigits, FitsSize(entry.Size) ? entry.Size : 0);
        long time = FitsTime(entry.ModifiedTime) ? entry.ModifiedTime.ToUnixTimeSeconds() : 0;
        WriteNumber(block[136..], SizeDigits, time);
        block[156] = (byte)type;
        WriteText(block[157..], entry.LinkName, NameLength);
        "ustar\0"u8.CopyTo(block[257..]);
        "00"u8.CopyTo(block[263..]);
        WriteText(block[265..], entry.UserName, OwnerNameLength);
        WriteText(block[297..], entry.GroupName, OwnerNameLength);
        WriteNumber(block[329..], IdDigits, entry.DeviceMajor);
        WriteNumber(block[337..], IdDigits, entry.DeviceMinor);
        WriteChecksum(block);
    }

    public static bool FitsName(string name) => TrySplitName(name, out _, out _);

    public static bool FitsLink(string link) => Fits(link, NameLength);

    public static bool FitsOwnerName(string name) => Fits(name, OwnerNameLength);

    public static bool FitsId(long id) => id < 1L << (3 * IdDigits);

    public static bool FitsSize(long size) => size < 1L << (3 * SizeDigits);

    /// <summary>Whether the time is one of whole seconds since 1970.</summary>
    public static bool FitsTime(DateTimeOffset time) => time >= DateTimeOffset.UnixEpoch
        && time.UtcTicks % TimeSpan.TicksPerSecond == 0
        && FitsSize(time.ToUnixTimeSeconds());

    private static bool Fits(string text, int length) => text.Length <= length && Ascii.IsValid(text);

    /// <summary>Cuts a name at the first slash that leaves a part short enough for the field of names.</summary>
    private static bool TrySplitName(string name, out string prefix, out string rest)
    {
        (prefix, rest) = ("", name);
        if (Fits(name, NameLength))
            return true;

        int slash = name.Length <= PrefixLength + 1 + NameLength
            ? name.IndexOf('/', Math.Max(1, name.Length - NameLength - 1))
            : -1;
        if (slash < 0 || slash > PrefixLength || slash == name.Length - 1 || !Ascii.IsValid(name))
            return false;
        (prefix, rest) = (name[..slash], name[(slash + 1)..]);
        return true;
    }

    private static void WriteText(Span<byte> field, string text, int length)
    {
        for (int i = 0; i < text.Length && i < length; i++)
            field[i] = char.IsAscii(text[i]) ? (byte)text[i] : (byte)'_';
    }

    private static void WriteNumber(Span<byte> field, int digits, long value)
    {
        for (int i = digits - 1; i >= 0; i--, value >>= 3)
            field[i] = (byte)('0' + (value & 7));
    }

    private static void WriteChecksum(Span<byte> block)
    {
        "        "u8.CopyTo(block[ChecksumStart..]);
        int sum = 0;
        foreach (byte value in block)
            sum += value;
        WriteNumber(block[ChecksumStart..], 6, sum);
        block[ChecksumStart + 6] = 0;
    }
}
