namespace OciTools.RootFs;

/// <summary>Something in the tree of an image, which may have several names.</summary>
internal sealed class TreeFile
{
    // Most files have one name, and a tree has very many files. Names that are gone stay in the list: to look for one
    // there would cost the more, the more there are.
    private TreeNode? _name;
    private List<TreeNode>? _names;
    private int _gone;

    /// <summary>Keeps what an entry says, but for its name and its data.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="layer">The layer of the entry.</param>
    public TreeFile(TarEntry entry, int layer)
    {
        bool isFolder = entry.Type == OciFileType.Directory;
        Entry = entry with
        {
            Name = "",
            Data = Stream.Null,
            UserName = isFolder ? entry.UserName : "",
            GroupName = isFolder ? entry.GroupName : "",
        };
        Layer = layer;
    }

    /// <summary>What the entry said; of what is no folder, without the names of the owners.</summary>
    public TarEntry Entry { get; }

    public int Layer { get; }

    /// <summary>The oldest name that it still has; null when it is gone.</summary>
    public TreeNode? FirstName
    {
        get
        {
            if (_names is null)
                return _name?.File == this ? _name : null;
            while (_gone < _names.Count && _names[_gone].File != this)
                _gone++;
            return _gone < _names.Count ? _names[_gone] : null;
        }
    }

    /// <summary>The names that it still has, the oldest first.</summary>
    public IEnumerable<TreeNode> Names => _names?.Where(name => name.File == this) ?? (
        FirstName is { } only ? [only] : []);

    /// <summary>
    /// Adds a name, whose file this is now. It is a new one: a name that was lost does not come back.
    /// </summary>
    public void AddName(TreeNode name)
    {
        if (_name is null)
            _name = name;
        else
            (_names ??= [_name]).Add(name);
    }
}
