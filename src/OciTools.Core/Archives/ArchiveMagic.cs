using OciTools.RootFs;

namespace OciTools.Archives;

/// <summary>Tells by its first bytes how a file is packed.</summary>
internal static class ArchiveMagic
{
    /// <summary>How a file is packed; null for packings that cannot be read.</summary>
    public static LayerCompression? Detect(ReadOnlySpan<byte> magic)
    {
        if (magic.StartsWith<byte>([0x1F, 0x8B]))
            return LayerCompression.Gzip;
        if (magic.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]))
            return LayerCompression.Zstd;
        // A zstd stream may begin with a skippable frame (RFC 8878, section 3.1.2).
        if (magic.Length >= 4 && magic[0] is >= 0x50 and <= 0x5F && magic[1..].StartsWith<byte>([0x2A, 0x4D, 0x18]))
            return LayerCompression.Zstd;
        return magic.StartsWith<byte>([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) || magic.StartsWith("BZh"u8)
            ? null
            : LayerCompression.None;
    }
}
