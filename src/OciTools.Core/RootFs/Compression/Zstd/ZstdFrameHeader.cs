using System.Buffers.Binary;
using System.Globalization;

namespace OciTools.RootFs;

/// <summary>The header of a Zstandard frame (RFC 8878, section 3.1.1.1).</summary>
/// <param name="WindowSize">How far back matches may reach.</param>
/// <param name="ContentSize">The size of the content; null when the header does not state it.</param>
/// <param name="HasChecksum">Whether a checksum follows the last block.</param>
internal readonly record struct ZstdFrameHeader(long WindowSize, ulong? ContentSize, bool HasChecksum)
{
    private const int ReservedBit = 0x08;
    private const int ChecksumBit = 0x04;
    private const int SingleSegmentBit = 0x20;

    /// <summary>The length of the header after its descriptor, its first byte.</summary>
    public static int GetLength(byte descriptor) =>
        (IsSingleSegment(descriptor) ? 0 : 1) + DictionaryIdLength(descriptor) + ContentSizeLength(descriptor);

    /// <summary>Reads a header.</summary>
    /// <param name="descriptor">Its first byte.</param>
    /// <param name="rest">What follows, as long as <see cref="GetLength"/> says.</param>
    /// <exception cref="ZstdException">It is malformed, or wants a dictionary.</exception>
    public static ZstdFrameHeader Parse(byte descriptor, ReadOnlySpan<byte> rest)
    {
        if ((descriptor & ReservedBit) != 0)
            throw new ZstdException("a frame header uses a reserved bit");

        long window = 0;
        if (!IsSingleSegment(descriptor))
        {
            long unit = 1L << (10 + (rest[0] >> 3));
            window = unit + (unit / 8 * (rest[0] & 7));
            rest = rest[1..];
        }

        int idLength = DictionaryIdLength(descriptor);
        ulong dictionary = ReadLittleEndian(rest[..idLength]);
        if (dictionary != 0)
        {
            throw new ZstdException(
                OciErrorCode.NotSupported,
                string.Create(
                    CultureInfo.InvariantCulture, $"it needs the dictionary {dictionary}, which images do not carry"));
        }

        ulong? contentSize = ContentSizeLength(descriptor) switch
        {
            0 => null,
            2 => ReadLittleEndian(rest[idLength..]) + 256,
            _ => ReadLittleEndian(rest[idLength..]),
        };

        if (IsSingleSegment(descriptor))
            window = (long)Math.Min(contentSize!.Value, long.MaxValue);
        return new ZstdFrameHeader(window, contentSize, (descriptor & ChecksumBit) != 0);
    }

    private static bool IsSingleSegment(byte descriptor) => (descriptor & SingleSegmentBit) != 0;

    private static int DictionaryIdLength(byte descriptor) => (1 << (descriptor & 3)) >> 1;

    private static int ContentSizeLength(byte descriptor) => (descriptor >> 6) switch
    {
        0 => IsSingleSegment(descriptor) ? 1 : 0,
        int flag => 1 << flag,
    };

    private static ulong ReadLittleEndian(ReadOnlySpan<byte> bytes)
    {
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        wide.Clear();
        bytes.CopyTo(wide);
        return BinaryPrimitives.ReadUInt64LittleEndian(wide);
    }
}
