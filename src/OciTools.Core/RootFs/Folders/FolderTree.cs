namespace OciTools.RootFs;

/// <summary>
/// Finds the folders of a target by their paths in the image, name by name from the root, and keeps those open that were used
/// last.
/// </summary>
/// <remarks>
/// The system never follows a link here. A link that stands where a path wants a folder is read, and the walk goes on from the
/// root with what it says, as it would inside a container; it must lead to a folder that is there, and not above the root.
/// </remarks>
internal sealed class FolderTree : IDisposable
{
    private const int MaximumOpen = 128;

    // What Linux follows, too.
    private const int MaximumLinks = 40;

    private const int MaximumSteps = 4096;

    private readonly LinkedList<FolderNode> _uses = new();
    private readonly TargetNames _names;
    private string _lastParent = "";
    private FolderNode _last;

    /// <summary>Starts with the root.</summary>
    /// <param name="root">The open root; disposed together with this object.</param>
    /// <param name="names">How names are on the disk.</param>
    public FolderTree(Folder root, TargetNames names)
    {
        _names = names;
        Root = new FolderNode(null, "", root);
        _last = Root;
    }

    public FolderNode Root { get; }

    /// <summary>What becomes of a folder that a path needs and no layer has.</summary>
    public required Action<FolderNode, TarEntry> OnImplied { get; init; }

    /// <summary>Finds the folder that an entry belongs in, and makes it where no layer did.</summary>
    /// <param name="path">The path of the entry.</param>
    /// <param name="entry">The entry.</param>
    /// <exception cref="OciException"><see cref="OciErrorCode.ArchiveInvalid"/>: the path leads through a file, or nowhere.</exception>
    public FolderNode GetParent(EntryPath path, TarEntry entry) => Walk(path.Parent, entry, isNeeded: true)!;

    /// <summary>Finds the folder that a path lies in; null when it is not there.</summary>
    /// <inheritdoc cref="GetParent"/>
    public FolderNode? FindParent(EntryPath path, TarEntry entry) => Walk(path.Parent, entry, isNeeded: false);

    /// <summary>Finds a folder in another; null when nothing, or no folder, has the name.</summary>
    public FolderNode? FindChild(FolderNode parent, string name)
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
        _lastParent = "";
        _last = Root;
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

    private FolderNode? Walk(ReadOnlySpan<char> path, TarEntry entry, bool isNeeded)
    {
        if (path.IsEmpty)
            return Root;
        if (path.SequenceEqual(_lastParent))
            return _last;

        // The names that are still to go, and how many of them are the path's own and not those of a link on the way.
        var rest = new Stack<string>(path.ToString().Split('/').Reverse());
        int ownNames = rest.Count;
        int steps = 0;
        int links = 0;
        FolderNode node = Root;
        while (rest.TryPop(out string? name))
        {
            if (++steps > MaximumSteps)
                throw EntryFault.Refused(entry.Name, "lies behind links that go too far");
            if (name is "" or ".")
                continue;
            if (name == "..")
            {
                node = node.Parent ?? throw EntryFault.Refused(entry.Name, "lies behind a link that leads above the root");
                continue;
            }

            bool isOwnName = rest.Count < ownNames;
            FolderNode? child = FindChild(node, name);
            if (child is null && ReadLink(node, name) is { } target)
            {
                if (++links > MaximumLinks)
                    throw EntryFault.Refused(entry.Name, "lies behind too many links");
                ownNames = Math.Min(ownNames, rest.Count);
                if (target.StartsWith('/'))
                    node = Root;
                foreach (string part in target.Split('/').Reverse())
                    rest.Push(part);
                continue;
            }

            if (child is null && isNeeded)
                child = isOwnName ? Imply(node, name, entry) : throw LeadsNowhere(entry, node.PathOf(name));
            if (child is null)
                return null;
            node = child;
        }

        _lastParent = path.ToString();
        return _last = node;
    }

    private static OciException LeadsNowhere(TarEntry entry, string path) =>
        EntryFault.Refused(entry.Name, $"lies behind a link that leads to '{DisplayText.Sanitize(path)}', which is no folder");

    private string? ReadLink(FolderNode node, string name) =>
        _names.Find(node.Path, name) is { } stored ? node.Folder.ReadLink(stored) : null;

    private FolderNode Imply(FolderNode parent, string name, TarEntry entry)
    {
        if (TryCreateChild(parent, name) is not { } child)
            throw EntryFault.Refused(entry.Name, $"lies in '{DisplayText.Sanitize(name)}', which is no folder");
        OnImplied(child, entry);
        return child;
    }

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
        if (_last == node)
            (_lastParent, _last) = ("", Root);
    }
}
