using System.Globalization;
using System.Text.Json;

namespace OciTools.RootFs;

/// <summary>A line of a record, as <see cref="MetadataWriter"/> writes it.</summary>
/// <param name="Path">The path in the image; empty for the root.</param>
/// <param name="Stored">The path on the disk, or in the repository.</param>
/// <param name="Entry">What is there.</param>
internal sealed record MetadataLine(EntryPath Path, EntryPath Stored, TarEntry Entry)
{
    private const string Base64Key = "base64:";
    private const int Octal = 8;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Reads a line; null for the first one, which only says what the record is.</summary>
    /// <exception cref="FormatException">It is malformed.</exception>
    public static MetadataLine? Parse(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement json = document.RootElement;
            if (json.TryGetProperty("format", out JsonElement format))
            {
                return format.GetString() == MetadataWriter.Format && json.GetProperty("version").GetInt32() == 1
                    ? null
                    : throw new FormatException("it is a record of another kind");
            }

            string path = ReadText(json, "path") ?? throw new FormatException("it has no path");
            return new MetadataLine(
                EntryPath.Parse(path), EntryPath.Parse(ReadText(json, "stored") ?? path), ReadEntry(json, path));
        }
        catch (Exception exception) when (exception
            is JsonException or InvalidOperationException or KeyNotFoundException
            or OverflowException or ArgumentException)
        {
            throw new FormatException("it is malformed", exception);
        }
    }

    private static TarEntry ReadEntry(JsonElement json, string path)
    {
        OciFileType type = MetadataTypes.Parse(ReadText(json, "type") ?? "");
        string link = ReadText(json, "link") ?? "";
        if (type == OciFileType.HardLink)
            return new TarEntry { Name = path, Type = type, LinkName = link };

        (DateTimeOffset time, int nanoseconds) = ReadTime(json);
        string[] device = (ReadText(json, "device") ?? "0:0").Split(':');
        return new TarEntry
        {
            Name = path,
            Type = type,
            LinkName = link,
            Mode = Convert.ToInt32(json.GetProperty("mode").GetString(), Octal) & TarEntry.ModeMask,
            Uid = json.GetProperty("uid").GetInt64(),
            Gid = json.GetProperty("gid").GetInt64(),
            ModifiedTime = time,
            ModifiedNanoseconds = nanoseconds,
            DeviceMajor = int.Parse(device[0], NumberStyles.None, CultureInfo.InvariantCulture),
            DeviceMinor = int.Parse(device[^1], NumberStyles.None, CultureInfo.InvariantCulture),
            ExtendedAttributes = ReadAttributes(json),
        };
    }

    /// <summary>Reads seconds since 1970 with decimals.</summary>
    private static (DateTimeOffset Time, int Nanoseconds) ReadTime(JsonElement json)
    {
        string text = json.GetProperty("mtime").GetString() ?? "";
        decimal seconds = decimal.Parse(
            text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        long nanoseconds = (long)(seconds * NanosecondsPerSecond);
        int rest = (int)(
            ((nanoseconds % TarTime.NanosecondsPerTick) + TarTime.NanosecondsPerTick) % TarTime.NanosecondsPerTick);
        return (DateTimeOffset.UnixEpoch.AddTicks((nanoseconds - rest) / TarTime.NanosecondsPerTick), rest);
    }

    private static IReadOnlyDictionary<string, byte[]> ReadAttributes(JsonElement json)
    {
        if (!json.TryGetProperty("xattrs", out JsonElement attributes))
            return TarEntry.NoAttributes;
        return attributes.EnumerateObject().ToDictionary(
            attribute => attribute.Name.StartsWith(Base64Key, StringComparison.Ordinal)
                ? TarText.Decode(Convert.FromBase64String(attribute.Name[Base64Key.Length..]))
                : attribute.Name,
            attribute => attribute.Value.GetBytesFromBase64());
    }

    private static string? ReadText(JsonElement json, string member)
    {
        if (json.TryGetProperty(member, out JsonElement text))
            return text.GetString();
        return json.TryGetProperty($"{member}Base64", out JsonElement bytes)
            ? TarText.Decode(bytes.GetBytesFromBase64())
            : null;
    }
}
