namespace OciTools.RootFs;

/// <summary>One name in the tree of an image. It is of use until the name is taken out of the tree.</summary>
internal sealed record TreeNode(TreeStore Store, int Number)
{
    /// <summary>The folder; null for the root.</summary>
    public TreeNode? Parent => Slot.Parent == 0 ? null : new TreeNode(Store, Slot.Parent);

    public string Name => Store.Text(Slot.Text);

    /// <summary>What has the name; null when that is not known, but only what is in it.</summary>
    public TreeFile? File => Slot.File == 0 ? null : new TreeFile(Store, Slot.File);

    /// <summary>What of the file is not on the disk as it should be.</summary>
    public MetadataParts Missing
    {
        get => Slot.Missing;
        set => Slot.Missing = value;
    }

    /// <summary>Whether there is nothing on the disk at all.</summary>
    public bool IsMissing => (Missing & (MetadataParts.Device | MetadataParts.Link)) != 0;

    public bool IsFolder => Slot.File == 0 || Store.Kind(Slot.File).Type == OciFileType.Directory;

    /// <summary>The names in it, in the order of their bytes.</summary>
    public IEnumerable<TreeNode> Children => Store.Sort(Number).Select(child => new TreeNode(Store, child));

    /// <summary>The names from the root, with slashes between them; empty for the root.</summary>
    public string Path => Parent is not { } parent ? "" : parent.Path is { Length: > 0 } path ? $"{path}/{Name}" : Name;

    private ref NameSlot Slot => ref Store.Name(Number);

    /// <summary>The node and all below it, a folder before what is in it, names in the order of their bytes.</summary>
    public IEnumerable<TreeNode> Walk()
    {
        var rest = new Stack<int>([Number]);
        while (rest.TryPop(out int name))
        {
            yield return new TreeNode(Store, name);
            foreach (int child in Store.Sort(name).AsEnumerable().Reverse())
                rest.Push(child);
        }
    }

    public TreeNode? Find(ReadOnlySpan<char> child) =>
        Store.Find(Number, TarText.Encode(child)) is not 0 and var name ? new TreeNode(Store, name) : null;

    /// <summary>Finds a node below by its path; null when there is none.</summary>
    public TreeNode? FindPath(string path)
    {
        TreeNode node = this;
        foreach (Range part in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(part) is not { IsEmpty: false } child)
                continue;
            if (node.Find(child) is not { } found)
                return null;
            node = found;
        }

        return node;
    }

    public TreeNode GetOrAdd(ReadOnlySpan<char> child)
    {
        byte[] text = TarText.Encode(child);
        int name = Store.Find(Number, text);
        return new TreeNode(Store, name != 0 ? name : Store.Add(Number, text));
    }

    public TreeNode GetOrAddPath(string path)
    {
        TreeNode node = this;
        foreach (Range part in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(part) is { IsEmpty: false } child)
                node = node.GetOrAdd(child);
        }

        return node;
    }

    /// <summary>Gives the name to a file, and takes it from the one before.</summary>
    public void Set(TreeFile? file) => Store.SetFile(Number, file?.Number ?? 0);

    /// <summary>Notes that a layer put something here.</summary>
    public void Touch(int layer)
    {
        for (int name = Number; name != 0 && !Store.Name(name).IsTouchedBy(layer); name = Store.Name(name).Parent)
            Store.Name(name).MarkTouched(layer);
    }

    /// <summary>Whether a layer put something at or below the name. Asked of the layer in work only.</summary>
    public bool IsTouchedBy(int layer) => Slot.IsTouchedBy(layer);

    /// <summary>Notes that a layer removed what the layers below had in it.</summary>
    /// <returns>Whether it had not done so before.</returns>
    public bool MarkCleared(int layer)
    {
        bool isNew = !Slot.IsClearedBy(layer);
        Slot.MarkCleared(layer);
        return isNew;
    }

    /// <summary>Takes the node and all below it out of the tree.</summary>
    public void Detach() => Store.Remove(Number);

    /// <summary>Takes all below the node out of the tree.</summary>
    public void Empty()
    {
        Store.RemoveChildren(Number);
        Slot.ForgetClearing();
    }
}
