using System.Buffers.Text;
using System.Globalization;

namespace OciTools.RootFs;

/// <summary>
/// The records of an extended header (POSIX.1-2017, pax, "pax Extended Header"). Of the same key, the last one counts,
/// and an empty value takes back the value of a global header. What is malformed is a <see cref="FormatException"/>.
/// </summary>
internal sealed class PaxRecords
{
    public const string Path = "path";
    public const string LinkPath = "linkpath";
    public const string Size = "size";
    public const string Uid = "uid";
    public const string Gid = "gid";
    public const string UserName = "uname";
    public const string GroupName = "gname";
    public const string ModifiedTime = "mtime";
    public const string HeaderCharset = "hdrcharset";
    public const string AttributePrefix = "SCHILY.xattr.";

    private const string LibarchiveAttributePrefix = "LIBARCHIVE.xattr.";
    private const string SparsePrefix = "GNU.sparse.";
    private const int NanosecondDigits = 9;

    // What other members stand for, and remarks, which readers ignore.
    private static readonly HashSet<string> s_known =
        [Path, LinkPath, Size, Uid, Gid, UserName, GroupName, ModifiedTime, HeaderCharset, "comment"];

    private readonly SortedDictionary<string, string> _values;

    private PaxRecords(SortedDictionary<string, string> values) => _values = values;

    /// <summary>No records.</summary>
    public static PaxRecords None { get; } = new(new(StringComparer.Ordinal));

    /// <summary>The offsets and lengths that GNU sparse files of version 0.0 have in repeated records.</summary>
    public TarSparseMap? SparseNumbers { get; private set; }

    /// <summary>How many records there are.</summary>
    public int Count => _values.Count;

    /// <summary>Whether there are records that make sense for one entry alone.</summary>
    public bool IsAboutOneEntry =>
        _values.Keys.Any(key => key is Path or LinkPath or Size || IsSparse(key) || IsAttribute(key));

    /// <summary>The extended attributes, in the form of star or, where that is missing, of libarchive.</summary>
    public IReadOnlyDictionary<string, byte[]> Attributes
    {
        get
        {
            if (_values.Count == 0)
                return TarEntry.NoAttributes;
            var attributes = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
            foreach ((string key, string value) in _values)
            {
                if (!key.StartsWith(LibarchiveAttributePrefix, StringComparison.Ordinal))
                    continue;
                string name = Uri.UnescapeDataString(key[LibarchiveAttributePrefix.Length..]);
                attributes[name] = DecodeBase64(key, value);
            }

            foreach ((string key, string value) in _values)
            {
                if (key.StartsWith(AttributePrefix, StringComparison.Ordinal))
                    attributes[key[AttributePrefix.Length..]] = TarText.Encode(value);
            }

            return attributes;
        }
    }

    /// <summary>The records that no other member stands for.</summary>
    public IReadOnlyDictionary<string, string> Others
    {
        get
        {
            if (_values.Count == 0)
                return Descriptor.EmptyAnnotations;
            var others = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach ((string key, string value) in _values)
            {
                if (!s_known.Contains(key) && !IsSparse(key) && !IsAttribute(key))
                    others[key] = value;
            }

            return others;
        }
    }

    /// <summary>Reads the content of an extended header.</summary>
    /// <param name="content">The records.</param>
    /// <param name="defaults">What holds unless the records say otherwise: those of a global header.</param>
    public static PaxRecords Parse(ReadOnlySpan<byte> content, PaxRecords defaults)
    {
        var records = new PaxRecords(new(defaults._values, StringComparer.Ordinal));
        while (!content.IsEmpty)
            content = content[records.ParseOne(content)..];
        return records;
    }

    /// <summary>Finds a text.</summary>
    public string? FindText(string key) => _values.GetValueOrDefault(key);

    /// <summary>Finds a number, which is not negative.</summary>
    public long? FindNumber(string key) => _values.TryGetValue(key, out string? value) ? ParseNumber(key, value) : null;

    /// <summary>Finds a member of the sparse records of GNU tar.</summary>
    public string? FindSparse(string name) => FindText(SparsePrefix + name);

    /// <inheritdoc cref="FindSparse"/>
    public long? FindSparseNumber(string name) => FindNumber(SparsePrefix + name);

    /// <summary>Finds a time: seconds since 1970, possibly negative, with any number of decimals.</summary>
    public DateTimeOffset? FindTime(string key)
    {
        if (!_values.TryGetValue(key, out string? value))
            return null;

        bool isNegative = value.StartsWith('-');
        string[] parts = value[(isNegative ? 1 : 0)..].Split('.', 2);
        long seconds = ParseNumber(key, parts[0]);
        string decimals = parts.Length == 1 ? "" : parts[1];
        if (decimals.AsSpan().ContainsAnyExceptInRange('0', '9'))
            throw new FormatException($"its record '{key}' is not a time");
        long nanoseconds = ParseNumber(key, decimals.PadRight(NanosecondDigits, '0')[..NanosecondDigits]);
        return isNegative ? TarTime.From(-seconds, -nanoseconds) : TarTime.From(seconds, nanoseconds);
    }

    /// <summary>Finds the nanoseconds of a time that <see cref="FindTime"/> leaves out, from 0 to 99.</summary>
    public int FindNanoseconds(string key)
    {
        string value = FindText(key) ?? "";
        int dot = value.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return 0;
        string decimals = value[(dot + 1)..].PadRight(NanosecondDigits, '0')[..NanosecondDigits];
        int rest = (int)(ParseNumber(key, decimals) % TarTime.NanosecondsPerTick);
        return rest > 0 && value.StartsWith('-') ? TarTime.NanosecondsPerTick - rest : rest;
    }

    public static long ParseNumber(string key, string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException($"its record '{key}' is not a number");

    /// <summary>
    /// Reads one record: its length in decimal with everything, a space, the key, =, the value, a line feed.
    /// </summary>
    private int ParseOne(ReadOnlySpan<byte> content)
    {
        if (!Utf8Parser.TryParse(content, out uint declared, out int digits)
            || content[0] is < (byte)'0' or > (byte)'9'
            || declared > content.Length
            || declared < digits + " k=\n".Length
            || content[digits] != ' '
            || content[(int)declared - 1] != '\n')
        {
            throw new FormatException("its extended header is malformed");
        }

        ReadOnlySpan<byte> record = content[(digits + 1)..((int)declared - 1)];
        int equals = record.IndexOf((byte)'=');
        if (equals <= 0)
            throw new FormatException("its extended header has a record without a key");
        Add(TarText.Decode(record[..equals]), TarText.Decode(record[(equals + 1)..]));
        return (int)declared;
    }

    private void Add(string key, string value)
    {
        if (value.Length == 0 && !IsAttribute(key))
            _values.Remove(key);
        else
            _values[key] = value;

        if (key is Path or LinkPath or UserName or GroupName or SparsePrefix + "name" && value.Contains('\0'))
            throw new FormatException($"its record '{key}' has a zero byte");
        if (key is SparsePrefix + "offset" or SparsePrefix + "numbytes")
        {
            SparseNumbers ??= new TarSparseMap();
            SparseNumbers.Add(ParseNumber(key, value));
        }
    }

    private static bool IsSparse(string key) => key.StartsWith(SparsePrefix, StringComparison.Ordinal);

    private static bool IsAttribute(string key) => key.StartsWith(AttributePrefix, StringComparison.Ordinal)
        || key.StartsWith(LibarchiveAttributePrefix, StringComparison.Ordinal);

    /// <summary>libarchive leaves the padding out.</summary>
    private static byte[] DecodeBase64(string key, string value)
    {
        string padded = value.TrimEnd('=');
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        byte[] bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out int length)
            ? bytes[..length]
            : throw new FormatException($"its record '{key}' is not base64");
    }
}
