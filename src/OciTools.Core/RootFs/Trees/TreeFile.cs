namespace OciTools.RootFs;

/// <summary>Something in the tree of an image, which may have several names.</summary>
/// <param name="Entry">The entry that it came from, without its data.</param>
/// <param name="Layer">The layer of the entry.</param>
internal sealed record TreeFile(TarEntry Entry, int Layer)
{
    /// <summary>The names, the oldest first; empty when it is gone.</summary>
    public List<TreeNode> Names { get; } = [];

    public bool Equals(TreeFile? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
