namespace OciTools;

/// <summary>What becomes of an index of which some platforms are asked for.</summary>
public enum IndexMode
{
    /// <summary>
    /// The index and every platform it lists are copied, byte for byte; the platforms that were named must be among
    /// them.
    /// </summary>
    Preserve,

    /// <summary>
    /// The index is copied byte for byte, so its digest stays, but only the named platforms come with it.
    /// </summary>
    Sparse,

    /// <summary>A new index, with a new digest, lists only the named platforms.</summary>
    Rewrite,
}
