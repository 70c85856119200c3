using System.Formats.Tar;
using System.Globalization;
using System.Text;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>Archives in all formats, made by code that shares nothing with what is tested.</summary>
internal static class TarSeeds
{
    private const int Block = 512;

    public static IReadOnlyList<byte[]> All { get; } =
    [
        Make(TarEntryFormat.V7), Make(TarEntryFormat.Ustar), Make(TarEntryFormat.Pax), Make(TarEntryFormat.Gnu),
        Sparse("GNU.sparse.size=15", "GNU.sparse.map=3,3,10,2"),
        Sparse("GNU.sparse.size=15", "GNU.sparse.offset=3", "GNU.sparse.numbytes=3", "GNU.sparse.offset=10",
            "GNU.sparse.numbytes=2"),
    ];

    /// <summary>What decides how archives are read, and where their entries go.</summary>
    public static IReadOnlyList<string> Tokens { get; } =
    [
        "ustar", "ustar  \0", "././@LongLink", "PaxHeaders/x", "path=", "linkpath=", "size=", "mtime=", "uid=",
        "\n30 mtime=1350244992.023960108\n", "GNU.sparse.map=", "GNU.sparse.size=", "GNU.sparse.major=1",
        "GNU.sparse.realsize=", "SCHILY.xattr.user.a=", "../", "/", "..", ".", ".wh.a", ".wh..wh..opq", ".wh.",
        "../outside/secret", "../../outside", "d/../../outside", "\0", "00000000000\0", "77777777777", "\u0080",
        "0", "1", "2", "3", "4", "5", "6", "7", "x", "g", "L", "K", "S",
    ];

    /// <summary>Makes the checksums of all headers right, so that what else is wrong in them is seen.</summary>
    public static void RepairChecksums(byte[] archive)
    {
        for (int start = 0; start + Block <= archive.Length; start += Block)
        {
            Span<byte> header = archive.AsSpan(start, Block);
            if (!header[257..262].SequenceEqual("ustar"u8))
                continue;
            header[148..156].Fill((byte)' ');
            int sum = 0;
            foreach (byte value in header)
                sum += value;
            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0'), header[148..]);
            header[154] = 0;
        }
    }

    private static byte[] Make(TarEntryFormat format)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, format, leaveOpen: true))
        {
            bool isOld = format == TarEntryFormat.V7;
            TarEntryType file = isOld ? TarEntryType.V7RegularFile : TarEntryType.RegularFile;
            string far = isOld ? "" : $"{new string('n', 90)}/";
            Add(TarEntryType.Directory, "d/");
            Add(TarEntryType.Directory, $"d/{far}");
            Add(file, $"d/{far}file", content: "content");
            Add(TarEntryType.SymbolicLink, "d/link", "file");
            Add(TarEntryType.SymbolicLink, "out", "../outside");
            Add(TarEntryType.HardLink, "d/hard", $"d/{far}file");
            Add(file, "out2/x", content: "1234");
            if (!isOld)
                Add(TarEntryType.Fifo, "d/fifo");
            Add(file, "d/.wh.link", content: "");

            void Add(TarEntryType type, string name, string? link = null, string? content = null)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.V7 => new V7TarEntry(type, name),
                    TarEntryFormat.Ustar => new UstarTarEntry(type, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(type, name),
                    _ => new PaxTarEntry(type, name),
                };
                entry.ModificationTime = DateTimeOffset.UnixEpoch.AddDays(365);
                if (link is not null)
                    entry.LinkName = link;
                if (content is not null)
                    entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
                writer.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }

    /// <summary>A sparse file as GNU tar describes it in an extended header.</summary>
    private static byte[] Sparse(params string[] records)
    {
        byte[] extended = Encoding.UTF8.GetBytes(string.Concat(records.Select(Record)));
        byte[] archive =
        [
            .. Header("PaxHeaders/x", 'x', extended.Length), .. Fill(extended),
            .. Header("sparse", '0', 5), .. Fill("12345"u8.ToArray()), .. new byte[2 * Block],
        ];
        RepairChecksums(archive);
        return archive;
    }

    private static string Record(string text)
    {
        int length = text.Length + 3;
        if (length > 9)
            length++;
        return string.Create(CultureInfo.InvariantCulture, $"{length} {text}\n");
    }

    private static byte[] Header(string name, char type, int size)
    {
        byte[] header = new byte[Block];
        Encoding.ASCII.GetBytes(name, header);
        Encoding.ASCII.GetBytes("0000644", header.AsSpan(100));
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0'), header.AsSpan(124));
        Encoding.ASCII.GetBytes("ustar", header.AsSpan(257));
        Encoding.ASCII.GetBytes("00", header.AsSpan(263));
        header[156] = (byte)type;
        return header;
    }

    private static byte[] Fill(byte[] content) => [.. content, .. new byte[-content.Length & (Block - 1)]];
}
