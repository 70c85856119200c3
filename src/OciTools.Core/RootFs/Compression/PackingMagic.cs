namespace OciTools.RootFs;

/// <summary>Tells by its first bytes how something is packed: names and media types are often wrong.</summary>
internal static class PackingMagic
{
    /// <summary>How many bytes are enough.</summary>
    public const int Length = 6;

    /// <summary>Tells how something is packed.</summary>
    /// <param name="magic">The first bytes: <see cref="Length"/>, or all that there are.</param>
    /// <param name="unreadable">The name of a packing that cannot be read; otherwise null.</param>
    public static LayerCompression Detect(ReadOnlySpan<byte> magic, out string? unreadable)
    {
        unreadable = magic switch
        {
            [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, ..] => "xz",
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            _ => null,
        };
        return magic switch
        {
            [0x1F, 0x8B, ..] => LayerCompression.Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => LayerCompression.Zstd,

            // A zstd stream may begin with a skippable frame (RFC 8878, section 3.1.2), as parallel compressors write
            // it.
            [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => LayerCompression.Zstd,
            _ => LayerCompression.None,
        };
    }
}
