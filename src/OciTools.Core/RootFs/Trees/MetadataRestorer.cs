using OciTools.Layout;

namespace OciTools.RootFs;

/// <summary>
/// Gives a directory what a record says that it should have. It writes nowhere else, whatever the record says.
/// </summary>
internal sealed class MetadataRestorer : IDisposable
{
    private readonly FolderTree _tree;
    private readonly bool _isCheckout;
    private readonly UnappliedMetadata _unapplied = new();

    /// <summary>Starts with a directory.</summary>
    /// <param name="root">The directory; disposed together with this object.</param>
    /// <param name="isCheckout">Whether the directory is a checkout of the commit that brings the record.</param>
    public MetadataRestorer(Folder root, bool isCheckout)
    {
        _tree = new FolderTree(root, new TargetNames());
        _isCheckout = isCheckout;
    }

    /// <summary>What could not be applied, for people.</summary>
    public IReadOnlyList<string> Missing => _unapplied.Summarize();

    /// <summary>How many entries are not all that they should be.</summary>
    public long Incomplete => _unapplied.Count;

    /// <summary>Why something cannot be applied, for people.</summary>
    public static string Reason =>
        OperatingSystem.IsWindows() ? "Windows has no place for it; a Linux system does."
        : UnixNative.EffectiveUser() != 0 ? "Only root has the right to all of it: run the command as root."
        : "The file system does not keep it: use another one.";

    /// <summary>Removes a file of the root that is none of the image.</summary>
    public void Remove(string name) => _tree.Root.Folder.TryRemoveFile(name);

    /// <summary>Applies a line. Lines come in the order of the record: a folder before what is in it.</summary>
    /// <exception cref="OciException">Something is in the way, or the directory cannot be written.</exception>
    public void Apply(MetadataLine line)
    {
        try
        {
            if (line.Path.IsRoot)
                _unapplied.Set("", line.Entry, _tree.Root.Folder.Apply(line.Entry));
            else
                Apply(line, _tree.GetParent(line.Path, line.Entry));
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw EntryFault.NotWritten(line.Path.Value, exception);
        }
    }

    /// <summary>Gives all folders the times and modes that they should have.</summary>
    public void Complete() => _tree.Complete();

    public void Dispose() => _tree.Dispose();

    private void Apply(MetadataLine line, FolderNode parent)
    {
        string name = line.Path.Name;
        Folder folder = parent.Folder;
        if (line.Stored.Name != name)
            TakeName(folder, line);

        MetadataParts missing = line.Entry.Type switch
        {
            OciFileType.Directory => ApplyFolder(parent, line),
            OciFileType.HardLink => LinkAgain(parent, line),
            OciFileType.File => RequireFile(folder, line).ApplyTo(name, line.Entry),
            OciFileType.SymbolicLink => Make(
                folder, line, folder.TryCreateLink(name, line.Entry.LinkName), MetadataParts.Link),
            _ => Make(folder, line, folder.TryCreateDevice(name, line.Entry), MetadataParts.Device),
        };
        _unapplied.Set(line.Path.Value, line.Entry, missing);
    }

    /// <summary>Gives something the name that it has in the image.</summary>
    private void TakeName(Folder folder, MetadataLine line)
    {
        bool isStored = folder.Exists(line.Stored.Name);
        if (isStored && folder.TryRename(line.Stored.Name, line.Path.Name))
            return;

        // What has the name in a checkout is the repository of a clone, which an image must not add a hook to.
        if (isStored || (_isCheckout && folder.Exists(line.Path.Name)))
        {
            string name = DisplayText.Sanitize(line.Path.Name);
            throw new OciException(
                OciErrorCode.WriteFailed,
                $"The image has a '{name}' of its own, and the folder another one. Unpack the commit into an empty "
                    + "folder with 'git archive'; where the record has the name, move it out, and use RecordPath.",
                line.Path.Value);
        }
    }

    private MetadataParts ApplyFolder(FolderNode parent, MetadataLine line)
    {
        FolderNode? node = _tree.FindChild(parent, line.Path.Name) ?? _tree.TryCreateChild(parent, line.Path.Name);
        return node is null ? throw InTheWay(line) : node.Folder.Apply(line.Entry);
    }

    private MetadataParts LinkAgain(FolderNode parent, MetadataLine line)
    {
        EntryPath target = HardLink.ParseTarget(line.Entry);
        if (_unapplied.Find(target.Value) is { IsMissing: true })
            return MetadataParts.Link;
        parent.IsPinned = true;
        try
        {
            if (_tree.FindParent(target, line.Entry) is not { } from || !from.Folder.Exists(target.Name))
                throw EntryFault.Unlinked(line.Entry);
            if (!parent.Folder.TryRemoveFile(line.Path.Name))
                throw InTheWay(line);
            Creation creation = parent.Folder.TryCreateHardLink(line.Path.Name, from.Folder, target.Name);
            return creation == Creation.Done ? MetadataParts.None : MetadataParts.Link;
        }
        finally
        {
            parent.IsPinned = false;
        }
    }

    private static Folder RequireFile(Folder folder, MetadataLine line)
    {
        using Folder? other = folder.TryOpen(line.Path.Name);
        return other is null && folder.ReadLink(line.Path.Name) is null && folder.Exists(line.Path.Name)
            ? folder
            : throw InTheWay(line);
    }

    private static MetadataParts Make(Folder folder, MetadataLine line, Creation creation, MetadataParts part) =>
        creation == Creation.NotPermitted ? part : folder.ApplyTo(line.Path.Name, line.Entry);

    private static OciException InTheWay(MetadataLine line) => new(
        OciErrorCode.WriteFailed,
        $"'{DisplayText.Sanitize(line.Path.Value)}' is not what the record says that it is. "
            + "Use the record of the very commit or folder, and a folder where nothing was changed.",
        line.Path.Value);
}
