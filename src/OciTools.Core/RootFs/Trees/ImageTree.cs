namespace OciTools.RootFs;

/// <summary>The tree that layers make, without the content of files.</summary>
internal sealed class ImageTree : PathWalker<TreeNode>
{
    private readonly TreeStore _store = new();
    private int _layer = -1;

    /// <inheritdoc/>
    public override TreeNode Root => _store.Root;

    /// <summary>Hears of what is taken out of the tree, all below it included, before it goes.</summary>
    public Action<TreeNode>? Removing { get; init; }

    /// <summary>Starts with a layer.</summary>
    public void BeginLayer(int layer) => _layer = layer;

    /// <summary>Adds what an entry is, in the place of whatever has its name.</summary>
    /// <returns>Where it is.</returns>
    public TreeNode Apply(TarEntry entry, EntryPath path)
    {
        if (path.IsRoot)
            return ApplyRoot(entry);

        TreeNode parent = GetParent(path, entry);
        TreeFile file = entry.Type == OciFileType.HardLink
            ? FindFile(parent, path.Name, entry)
            : _store.AddFile(entry, _layer);
        TreeNode? existing = parent.Find(path.Name);
        bool isSame = existing?.File == file;
        bool isMerged = existing is { IsFolder: true } && entry.Type == OciFileType.Directory;
        if (existing is not null && !isMerged && !isSame)
            Empty(existing);
        TreeNode node = existing ?? parent.GetOrAdd(path.Name);
        if (!isSame)
            node.Set(file);
        node.Touch(_layer);
        return node;
    }

    /// <summary>Removes what the layers below have at a path.</summary>
    public void Remove(EntryPath path)
    {
        if (FindParent(path, Nameless(path))?.Find(path.Name) is { } node)
            RemoveLower(node);
    }

    /// <summary>Removes what the layers below have in a folder.</summary>
    public void Clear(EntryPath path)
    {
        if (FindFolder(path, Nameless(path)) is { } folder)
            ClearLower(folder);
    }

    /// <summary>All that is no folder, by numbers, in the order in which the layers have it.</summary>
    public IReadOnlyList<int> ListFiles() => _store.ListFiles();

    public TreeFile GetFile(int number) => new(_store, number);

    /// <inheritdoc/>
    public override TreeNode? FindChild(TreeNode parent, string name) =>
        parent.Find(name) is { IsFolder: true } folder ? folder : null;

    /// <inheritdoc/>
    protected override string? ReadLink(TreeNode parent, string name) =>
        parent.Find(name)?.File is { Type: OciFileType.SymbolicLink } link ? link.LinkName : null;

    /// <inheritdoc/>
    protected override TreeNode? Imply(TreeNode parent, string name, TarEntry entry)
    {
        if (parent.Find(name) is not null)
            return null;
        TreeNode folder = parent.GetOrAdd(name);
        folder.Set(_store.AddFile(ImpliedFolder.For(entry), _layer));
        folder.Touch(_layer);
        return folder;
    }

    /// <inheritdoc/>
    protected override TreeNode? GetParent(TreeNode folder) => folder.Parent;

    // A whiteout has no content: an entry that stands for it in errors is enough.
    private static TarEntry Nameless(EntryPath path) => new() { Name = path.Value };

    private TreeNode ApplyRoot(TarEntry entry)
    {
        if (entry.Type != OciFileType.Directory)
            throw EntryFault.NoRoot(entry);
        Root.Set(_store.AddFile(entry, _layer));
        return Root;
    }

    private TreeFile FindFile(TreeNode parent, string name, TarEntry entry)
    {
        EntryPath target = HardLink.ParseTarget(entry);
        TreeNode? node = target.IsRoot ? null : FindParent(target, entry)?.Find(target.Name);
        if (node is null || node.IsFolder)
            throw EntryFault.Unlinked(entry);
        for (TreeNode? above = node; above is not null; above = above.Parent)
        {
            if (above.Parent == parent && above.Name == name)
                throw EntryFault.LinkedToItself(entry);
        }

        return node.File!;
    }

    private void RemoveLower(TreeNode node)
    {
        if (!node.IsTouchedBy(_layer))
            Remove(node);
        else if (node.IsFolder)
            ClearLower(node);
    }

    /// <summary>Once for each folder, however often it, or one above it, is asked for.</summary>
    private void ClearLower(TreeNode folder)
    {
        if (!folder.MarkCleared(_layer))
            return;
        foreach (TreeNode child in folder.Children)
            RemoveLower(child);
    }

    private void Remove(TreeNode node)
    {
        Empty(node);
        node.Detach();
    }

    /// <summary>Takes away what has a name, and leaves the name to what comes in its place.</summary>
    private void Empty(TreeNode node)
    {
        ForgetWay();
        Removing?.Invoke(node);
        node.Empty();
    }
}
