namespace OciTools.RootFs;

/// <summary>Something in the tree of an image, which may have several names.</summary>
/// <param name="entry">The entry that it came from; its name and its data are not kept.</param>
/// <param name="layer">The layer of the entry.</param>
internal sealed class TreeFile(TarEntry entry, int layer)
{
    public TarEntry Entry { get; } = entry with { Name = "", Data = Stream.Null };

    public int Layer => layer;

    /// <summary>The names, the oldest first; empty when it is gone.</summary>
    public List<TreeNode> Names { get; } = new(capacity: 1);
}
