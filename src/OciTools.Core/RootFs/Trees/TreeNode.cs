namespace OciTools.RootFs;

/// <summary>One name in the tree of an image.</summary>
internal sealed class TreeNode(TreeNode? parent, string name)
{
    private Dictionary<string, TreeNode>? _children;

    public TreeNode? Parent { get; private set; } = parent;

    public string Name => name;

    /// <summary>What has the name; null when that is not known, but only what is in it.</summary>
    public TreeFile? File { get; private set; }

    /// <summary>What of the file is not on the disk as it should be.</summary>
    public MetadataParts Missing { get; set; }

    /// <summary>Whether there is nothing on the disk at all.</summary>
    public bool IsMissing => (Missing & (MetadataParts.Device | MetadataParts.Link)) != 0;

    /// <summary>The last layer that put something at or below the name; -1 at first.</summary>
    public int TouchedBy { get; private set; } = -1;

    /// <summary>The last layer that removed what the layers below had in it; -1 at first.</summary>
    public int ClearedBy { get; set; } = -1;

    public bool IsFolder => File is null || File.Entry.Type == OciFileType.Directory;

    public IReadOnlyCollection<TreeNode> Children => _children?.Values ?? (IReadOnlyCollection<TreeNode>)[];

    /// <summary>The names from the root, with slashes between them; empty for the root.</summary>
    public string Path => Parent is null ? name : Parent.Path is { Length: > 0 } path ? $"{path}/{name}" : name;

    /// <summary>
    /// The node and all below it, a folder before what is in it, names in the order of their characters.
    /// </summary>
    public IEnumerable<TreeNode> Walk()
    {
        var rest = new Stack<TreeNode>([this]);
        while (rest.TryPop(out TreeNode? node))
        {
            yield return node;
            if (node._children is null)
                continue;
            foreach (
                TreeNode child in node._children.Values.OrderByDescending(child => child.Name, StringComparer.Ordinal))
                rest.Push(child);
        }
    }

    public TreeNode? Find(string child) => _children?.GetValueOrDefault(child);

    /// <summary>Finds a node below by its path; null when there is none.</summary>
    public TreeNode? FindPath(string path)
    {
        TreeNode? node = this;
        foreach (Range part in path.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> child = path.AsSpan(part);
            if (child.IsEmpty)
                continue;
            if (node._children is null
                || !node._children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(child, out node))
            {
                return null;
            }
        }

        return node;
    }

    public TreeNode GetOrAdd(string child)
    {
        _children ??= new(StringComparer.Ordinal);
        if (!_children.TryGetValue(child, out TreeNode? node))
            _children.Add(child, node = new TreeNode(this, child));
        return node;
    }

    public TreeNode GetOrAddPath(string path)
    {
        TreeNode node = this;
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            node = node.GetOrAdd(part);
        return node;
    }

    /// <summary>Gives the name to a file, and takes it from the one before.</summary>
    public void Set(TreeFile? file)
    {
        File = file;
        file?.AddName(this);
    }

    /// <summary>Notes that a layer put something here.</summary>
    public void Touch(int layer)
    {
        for (TreeNode? node = this; node is not null && node.TouchedBy != layer; node = node.Parent)
            node.TouchedBy = layer;
    }

    /// <summary>Takes the node and all below it out of the tree.</summary>
    public void Detach()
    {
        Parent?._children!.Remove(name);
        foreach (TreeNode node in Walk())
            node.Set(null);
        Parent = null;
    }
}
