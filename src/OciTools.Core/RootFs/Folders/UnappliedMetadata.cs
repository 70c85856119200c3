namespace OciTools.RootFs;

/// <summary>
/// What of an image could not be applied to a directory. It follows the image: what is removed is forgotten.
/// </summary>
internal sealed class UnappliedMetadata
{
    private readonly TreeStore _store = new();

    private TreeNode Root => _store.Root;

    public bool IsEmpty => Root.Walk().All(node => node.File is null);

    /// <summary>How many entries lack something.</summary>
    public long Count => Root.Walk().LongCount(node => node.File is not null);

    /// <summary>Sets what is missing of a path; nothing may be.</summary>
    public void Set(string path, TarEntry entry, MetadataParts missing)
    {
        if (missing == MetadataParts.None && Find(path) is null)
            return;
        TreeNode node = Root.GetOrAddPath(path);
        node.Missing = missing;
        node.Set(missing == MetadataParts.None ? null : _store.AddFile(entry, layer: 0));
    }

    /// <summary>Gives a file that something is missing of one more name.</summary>
    public void Link(string path, TreeFile file, MetadataParts missing)
    {
        TreeNode node = Root.GetOrAddPath(path);
        node.Missing = missing;
        node.Set(file);
    }

    /// <summary>What is known of a path; null when nothing is, not even of what lies in it.</summary>
    public TreeNode? Find(string path) => Root.FindPath(path);

    /// <summary>Forgets a path, and all that lies in it.</summary>
    public void Remove(string path)
    {
        if (path.Length > 0)
            Find(path)?.Detach();
    }

    /// <summary>How many entries lack what, for people.</summary>
    public IReadOnlyList<string> Summarize()
    {
        MetadataParts[] parts = [.. Enum.GetValues<MetadataParts>().Where(part => part != MetadataParts.None)];
        int[] counts = new int[parts.Length];
        foreach (TreeNode node in Root.Walk().Where(node => node.File is not null))
        {
            for (int i = 0; i < parts.Length; i++)
                counts[i] += node.Missing.HasFlag(parts[i]) ? 1 : 0;
        }

        return
        [
            .. parts.Zip(counts)
                .Where(group => group.Second > 0)
                .Select(group => $"{Name(group.First)} of {group.Second} {(group.Second == 1 ? "entry" : "entries")}"),
        ];
    }

    /// <summary>Writes the record, a line for each path.</summary>
    /// <param name="writer">Where it goes.</param>
    /// <param name="names">How names are on the disk.</param>
    public void Write(MetadataWriter writer, TargetNames names)
    {
        var links = new LinkedNames();
        foreach (TreeNode node in Root.Walk())
        {
            if (node.File is not { } file)
                continue;
            string path = node.Path;
            string? stored = node.Missing.HasFlag(MetadataParts.Name) ? GetStoredPath(node, names) : null;
            writer.Write(path, links.Describe(file, path), stored);
        }
    }

    private static string GetStoredPath(TreeNode node, TargetNames names)
    {
        if (node.Parent is not { } parent)
            return "";
        string folder = GetStoredPath(parent, names);
        string stored = names.Get(parent.Path, node.Name);
        return folder.Length == 0 ? stored : $"{folder}/{stored}";
    }

    private static string Name(MetadataParts part) => part switch
    {
        MetadataParts.Owner => "the owner",
        MetadataParts.Mode => "the mode",
        MetadataParts.Attributes => "extended attributes",
        MetadataParts.Time => "the time",
        MetadataParts.Device => "the device or pipe",
        MetadataParts.Link => "the link",
        _ => "the name",
    };
}
