using System.Globalization;
using System.Text;

namespace OciTools.RootFs;

/// <summary>Writes the records of an extended header: whatever of an entry a plain header cannot hold.</summary>
internal static class PaxWriter
{
    /// <summary>Makes the content of the extended header of an entry.</summary>
    /// <returns>The records in the order of their keys; empty when a plain header suffices.</returns>
    public static byte[] Write(TarEntry entry)
    {
        SortedDictionary<string, byte[]> records = Collect(entry);
        using var content = new MemoryStream();

        // It says that the text after it is not all UTF-8, so it comes first.
        if (HasEscapes(entry))
            Write(content, PaxRecords.HeaderCharset, "BINARY"u8);
        foreach ((string key, byte[] value) in records)
            Write(content, key, value);
        return content.ToArray();
    }

    private static SortedDictionary<string, byte[]> Collect(TarEntry entry)
    {
        var records = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string key, string value) in entry.Records)
            records[key] = TarText.Encode(value);

        // A key ends at its first equals sign.
        foreach ((string name, byte[] value) in entry.ExtendedAttributes)
            records[PaxRecords.AttributePrefix + name.Replace("=", "%3D", StringComparison.Ordinal)] = value;
        if (!TarHeaderWriter.FitsName(entry.Name))
            records[PaxRecords.Path] = TarText.Encode(entry.Name);
        if (!TarHeaderWriter.FitsLink(entry.LinkName))
            records[PaxRecords.LinkPath] = TarText.Encode(entry.LinkName);
        if (!TarHeaderWriter.FitsOwnerName(entry.UserName))
            records[PaxRecords.UserName] = TarText.Encode(entry.UserName);
        if (!TarHeaderWriter.FitsOwnerName(entry.GroupName))
            records[PaxRecords.GroupName] = TarText.Encode(entry.GroupName);
        if (!TarHeaderWriter.FitsId(entry.Uid))
            records[PaxRecords.Uid] = Number(entry.Uid);
        if (!TarHeaderWriter.FitsId(entry.Gid))
            records[PaxRecords.Gid] = Number(entry.Gid);
        if (!TarHeaderWriter.FitsSize(entry.Size))
            records[PaxRecords.Size] = Number(entry.Size);
        if (!TarHeaderWriter.FitsTime(entry.ModifiedTime) || entry.ModifiedNanoseconds != 0)
        {
            long ticks = entry.ModifiedTime.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
            decimal fine = ticks + ((decimal)entry.ModifiedNanoseconds / TarTime.NanosecondsPerTick);
            records[PaxRecords.ModifiedTime] = Number(fine / TimeSpan.TicksPerSecond);
        }

        return records;
    }

    private static bool HasEscapes(TarEntry entry) => TarText.HasEscapes(entry.Name)
        || TarText.HasEscapes(entry.LinkName)
        || TarText.HasEscapes(entry.UserName)
        || TarText.HasEscapes(entry.GroupName);

    private static byte[] Number(decimal number) =>
        Encoding.ASCII.GetBytes(number.ToString("0.#########", CultureInfo.InvariantCulture));

    /// <summary>A record starts with its own length, of which the digits of that length are a part.</summary>
    private static void Write(MemoryStream content, string key, ReadOnlySpan<byte> value)
    {
        byte[] encodedKey = TarText.Encode(key);
        int rest = encodedKey.Length + value.Length + " =\n".Length;
        int length = rest + CountDigits(rest);
        length = rest + CountDigits(length);
        content.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} ")));
        content.Write(encodedKey);
        content.Write("="u8);
        content.Write(value);
        content.Write("\n"u8);
    }

    private static int CountDigits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
}
