namespace OciTools.RootFs;

/// <summary>How the bytes of a layer are packed, as they show it themselves.</summary>
internal enum LayerCompression
{
    /// <summary>They are the tar.</summary>
    None,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip,

    /// <summary>Zstandard (RFC 8878).</summary>
    Zstd,
}
