namespace OciTools.RootFs;

/// <summary>Finds the folders of a directory, and keeps those open that were used last.</summary>
internal sealed class FolderTree : PathWalker<FolderNode>, IDisposable
{
    private const int MaximumOpen = 128;

    private readonly LinkedList<FolderNode> _uses = new();
    private readonly TargetNames _names;

    /// <summary>Starts with the root.</summary>
    /// <param name="root">The open root; disposed together with this object.</param>
    /// <param name="names">How names are on the disk.</param>
    public FolderTree(Folder root, TargetNames names)
    {
        _names = names;
        Root = new FolderNode(null, "", root);
    }

    /// <inheritdoc/>
    public override FolderNode Root { get; }

    /// <summary>Hears of what could not be applied to a folder that a path needed and no layer has.</summary>
    public Action<FolderNode, string, TarEntry, MetadataParts>? Implied { get; init; }

    /// <inheritdoc/>
    public override FolderNode? FindChild(FolderNode parent, string name)
    {
        if (parent.Find(name) is { } known)
        {
            Use(known);
            return known;
        }

        return _names.Find(parent.Path, name) is { } stored && parent.Folder.TryOpen(stored) is { } folder
            ? Add(parent, name, folder)
            : null;
    }

    /// <summary>Makes a folder; null when the name is taken.</summary>
    public FolderNode? TryCreateChild(FolderNode parent, string name) =>
        parent.Folder.TryCreate(_names.Get(parent.Path, name)) is { } folder ? Add(parent, name, folder) : null;

    /// <summary>Forgets what is known of a name, because something else will have it, or nothing.</summary>
    public void Forget(FolderNode parent, string name)
    {
        ForgetWay();
        if (parent.Find(name) is { } node)
            Close(node, isKept: false);
    }

    /// <summary>Gives all open folders the times and modes that they should have.</summary>
    public void Complete()
    {
        foreach (FolderNode node in Root.Children.ToArray())
            Close(node, isKept: true);
        Root.Folder.Complete();
    }

    public void Dispose() => Close(Root, isKept: false);

    /// <inheritdoc/>
    protected override string? ReadLink(FolderNode parent, string name) =>
        _names.Find(parent.Path, name) is { } stored ? parent.Folder.ReadLink(stored) : null;

    /// <inheritdoc/>
    protected override FolderNode? Imply(FolderNode parent, string name, TarEntry entry)
    {
        if (TryCreateChild(parent, name) is not { } folder)
            return null;
        TarEntry implied = ImpliedFolder.For(entry);
        MetadataParts missing = folder.Folder.Apply(implied);
        Implied?.Invoke(parent, name, implied, missing);
        return folder;
    }

    /// <inheritdoc/>
    protected override FolderNode? GetParent(FolderNode folder) => folder.Parent;

    private FolderNode Add(FolderNode parent, string name, Folder folder)
    {
        var node = new FolderNode(parent, name, folder);
        parent.Add(node);
        node.Use = _uses.AddLast(node);
        if (_uses.Count > MaximumOpen)
            CloseOldest();
        return node;
    }

    private void Use(FolderNode node)
    {
        if (node.Use is { } use && use != _uses.Last)
        {
            _uses.Remove(use);
            _uses.AddLast(use);
        }
    }

    /// <summary>Closes the folder that was used least recently, of those that no open folder lies in.</summary>
    private void CloseOldest()
    {
        LinkedListNode<FolderNode>? use = _uses.First;
        while (use is not null && (use.Value.HasChildren || use.Value.IsPinned))
            use = use.Next;
        if (use is not null && use != _uses.Last)
            Close(use.Value, isKept: true);
    }

    private void Close(FolderNode node, bool isKept)
    {
        foreach (FolderNode child in node.Children.ToArray())
            Close(child, isKept);
        if (isKept)
            node.Folder.Complete();
        node.Folder.Dispose();
        node.Parent?.Remove(node);
        if (node.Use is { } use)
            _uses.Remove(use);
        node.Use = null;
        ForgetWay();
    }
}
