namespace OciTools.RootFs;

/// <summary>Something in the tree of an image, which may have several names.</summary>
internal sealed record TreeFile(TreeStore Store, int Number)
{
    /// <summary>
    /// What the entry said, without its name, its size and its data; of what is no folder, without the names of the
    /// owners.
    /// </summary>
    public TarEntry Entry
    {
        get
        {
            ref FileSlot slot = ref Store.File(Number);
            return Store.Kind(Number) with
            {
                LinkName = LinkName,
                Offset = slot.Offset,
                ModifiedTime = new DateTimeOffset(slot.Ticks, TimeSpan.Zero),
            };
        }
    }

    public OciFileType Type => Store.Kind(Number).Type;

    public string LinkName => Store.Text(Store.File(Number).Link);

    public int Layer => Store.File(Number).Layer;

    public long Offset => Store.File(Number).Offset;

    /// <summary>The oldest name that it still has.</summary>
    public TreeNode FirstName => new(Store, Store.File(Number).FirstName);

    public bool HasOneName => Store.Name(Store.File(Number).FirstName).NextOfFile == Store.File(Number).FirstName;

    /// <summary>The names that it still has, the oldest first.</summary>
    public IEnumerable<TreeNode> Names
    {
        get
        {
            int first = Store.File(Number).FirstName;
            int name = first;
            do
            {
                yield return new TreeNode(Store, name);
                name = Store.Name(name).NextOfFile;
            }
            while (name != first);
        }
    }
}
