namespace OciTools.RootFs;

/// <summary>A folder of the target that is open now.</summary>
internal sealed class FolderNode(FolderNode? parent, string name, Folder folder)
{
    private Dictionary<string, FolderNode>? _children;

    public FolderNode? Parent => parent;

    /// <summary>Its name in the image.</summary>
    public string Name => name;

    /// <summary>Its path in the image, without links; empty for the root.</summary>
    public string Path { get; } = parent is null || parent.Path.Length == 0 ? name : $"{parent.Path}/{name}";

    public Folder Folder => folder;

    /// <summary>Its place among the folders in the order of their last use.</summary>
    public LinkedListNode<FolderNode>? Use { get; set; }

    /// <summary>The layer that is known to have something in the folder; -1 at first.</summary>
    public int TouchedBy { get; set; } = -1;

    /// <summary>Whether the folder must stay open although others are used.</summary>
    public bool IsPinned { get; set; }

    public bool HasChildren => _children is { Count: > 0 };

    public IEnumerable<FolderNode> Children => _children?.Values ?? Enumerable.Empty<FolderNode>();

    public FolderNode? Find(ReadOnlySpan<char> child) => _children is not null
        && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(child, out FolderNode? node) ? node : null;

    public string PathOf(string child) => Path.Length == 0 ? child : $"{Path}/{child}";

    public void Add(FolderNode child) => (_children ??= new(StringComparer.Ordinal)).Add(child.Name, child);

    public void Remove(FolderNode child) => _children?.Remove(child.Name);
}
