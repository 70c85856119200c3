using System.Globalization;
using System.Text;

namespace OciTools.Tests.RootFs;

/// <summary>Makes archives block by block, right or wrong, by code that shares nothing with what is tested.</summary>
internal sealed class TarBlocks
{
    private readonly MemoryStream _archive = new();

    public static byte[] EndOfArchive { get; } = new byte[1024];

    /// <summary>One header; <paramref name="edit"/> changes it before the checksum is made.</summary>
    public TarBlocks Header(
        string name, char type = '0', long size = 0, string link = "", Action<byte[]>? edit = null, bool signed = false)
    {
        byte[] block = new byte[512];
        Latin1(name).CopyTo(block, 0);
        Put(block, 100, "0000644");
        Put(block, 108, "0001750");
        Put(block, 116, "0001751");
        Put(block, 124, Octal(size, 11));
        Put(block, 136, "14500000000");
        block[156] = (byte)type;
        Latin1(link).CopyTo(block, 157);
        Put(block, 257, "ustar");
        Put(block, 263, "00");
        Put(block, 265, "alice");
        Put(block, 297, "staff");
        edit?.Invoke(block);
        Put(block, 148, "        ");
        long sum = block.Sum(value => signed ? (sbyte)value : value);
        Put(block, 148, Octal(sum, 6));
        block[154] = 0;
        return Bytes(block);
    }

    /// <summary>Content, filled up to whole blocks.</summary>
    public TarBlocks Data(byte[] content) => Bytes(content).Bytes(new byte[-content.Length & 511]);

    public TarBlocks Data(string content) => Data(Latin1(content));

    /// <summary>A file with its content.</summary>
    public TarBlocks File(string name, string content) => Header(name, '0', content.Length).Data(content);

    /// <summary>An extended header of given records, each as <c>key=value</c>.</summary>
    public TarBlocks Pax(params string[] records) => Extended('x', records);

    public TarBlocks GlobalPax(params string[] records) => Extended('g', records);

    public TarBlocks Bytes(byte[] bytes)
    {
        _archive.Write(bytes);
        return this;
    }

    /// <summary>The archive, with the two blocks of zeros.</summary>
    public byte[] End() => Bytes(EndOfArchive).ToArray();

    public byte[] ToArray() => _archive.ToArray();

    public static void Put(byte[] block, int start, string text) => Latin1(text).CopyTo(block, start);

    public static string Octal(long number, int digits) => Convert.ToString(number, 8).PadLeft(digits, '0');

    /// <summary>Each character is the byte of its number.</summary>
    public static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>One record of an extended header, with its length before it.</summary>
    public static byte[] Record(string record)
    {
        int rest = Encoding.UTF8.GetByteCount(record) + 2;
        int length = rest;
        while (rest + Digits(length) != length)
            length = rest + Digits(length);
        return Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length} {record}\n"));

        static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
    }

    private TarBlocks Extended(char type, string[] records)
    {
        byte[] content = [.. records.SelectMany(Record)];
        return Header("PaxHeaders/x", type, content.Length).Data(content);
    }
}
