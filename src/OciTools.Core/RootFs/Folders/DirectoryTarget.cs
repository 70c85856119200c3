using System.Buffers;
using OciTools.Layout;

namespace OciTools.RootFs;

/// <summary>Applies layers to a directory.</summary>
internal sealed class DirectoryTarget : ILayerTarget, IDisposable
{
    private const int BufferLength = 64 * 1024;
    private const int MaximumAttempts = 8;

    private readonly FolderTree _tree;
    private readonly TargetNames _names;
    private readonly UnappliedMetadata _unapplied;
    private readonly TouchedPaths _touched = new();
    private readonly TouchedPaths _cleared = new();
    private int _layer;

    /// <summary>Creates the target.</summary>
    /// <param name="root">The open directory; disposed together with this object.</param>
    /// <param name="names">How names are on the disk.</param>
    /// <param name="unapplied">Hears of what could not be applied.</param>
    public DirectoryTarget(Folder root, TargetNames names, UnappliedMetadata unapplied)
    {
        _names = names;
        _unapplied = unapplied;
        _tree = new FolderTree(root, names) { Implied = Report };
    }

    /// <inheritdoc/>
    public ValueTask BeginLayerAsync(int layer, CancellationToken cancellationToken)
    {
        _layer = layer;
        _touched.Clear();
        _cleared.Clear();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(TarEntry entry, EntryPath path, CancellationToken cancellationToken)
    {
        try
        {
            if (path.IsRoot)
                ApplyRoot(entry);
            else
                await ApplyAsync(entry, path, _tree.GetParent(path, entry), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw EntryFault.NotWritten(entry.Name, exception);
        }
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(EntryPath path, CancellationToken cancellationToken)
    {
        Remove(path, entry =>
        {
            if (_tree.FindParent(path, entry) is { } parent)
                RemoveLower(parent, path.Name);
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ClearAsync(EntryPath path, CancellationToken cancellationToken)
    {
        Remove(path, entry =>
        {
            if (_tree.FindFolder(path, entry) is { } folder)
                ClearLower(folder);
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask EndLayerAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Makes the root of a directory what it is where no layer speaks of it.</summary>
    public void Begin() => ApplyRoot(ImpliedFolder.Root);

    /// <summary>Gives all folders the times and modes that they should have.</summary>
    public void Complete() => _tree.Complete();

    public void Dispose() => _tree.Dispose();

    private void ApplyRoot(TarEntry entry)
    {
        if (entry.Type != OciFileType.Directory)
            throw EntryFault.NoRoot(entry);
        _unapplied.Set("", entry, _tree.Root.Folder.Apply(entry));
    }

    private async ValueTask ApplyAsync(
        TarEntry entry, EntryPath path, FolderNode parent, CancellationToken cancellationToken)
    {
        string name = path.Name;
        Touch(parent, name);
        if (entry.Type == OciFileType.Directory)
        {
            Report(parent, name, entry, MakeFolder(parent, name, entry).Folder.Apply(entry));
            return;
        }

        if (entry.Type == OciFileType.HardLink)
        {
            MakeHardLink(parent, name, entry);
            return;
        }

        MetadataParts missing = entry.Type == OciFileType.File
            ? await WriteFileAsync(parent, name, entry, cancellationToken).ConfigureAwait(false)
            : MakeSpecial(parent, name, entry);
        Report(parent, name, entry, missing);
    }

    private FolderNode MakeFolder(FolderNode parent, string name, TarEntry entry)
    {
        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            if ((_tree.FindChild(parent, name) ?? _tree.TryCreateChild(parent, name) ?? _tree.FindChild(parent, name))
                is { } folder)
            {
                return folder;
            }

            RemoveAll(parent, name);
        }

        throw Disturbed(entry);
    }

    private async ValueTask<MetadataParts> WriteFileAsync(
        FolderNode parent, string name, TarEntry entry, CancellationToken cancellationToken)
    {
        using FileWriter file = Make(parent, name, entry, stored => parent.Folder.TryCreateFile(stored));
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            int read;
            while ((read = await entry.Data.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (read == buffer.Length && !buffer.AsSpan().ContainsAnyExcept((byte)0))
                    file.Skip(read);
                else
                    file.Write(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return file.Complete(entry);
    }

    private MetadataParts MakeSpecial(FolderNode parent, string name, TarEntry entry)
    {
        bool isLink = entry.Type == OciFileType.SymbolicLink;
        if (isLink && entry.LinkName.Length == 0)
            throw EntryFault.Refused(entry.Name, "is a link to nothing");
        Creation creation = Make(parent, name, entry, stored => isLink
            ? parent.Folder.TryCreateLink(stored, entry.LinkName)
            : parent.Folder.TryCreateDevice(stored, entry));
        if (creation == Creation.Done)
            return parent.Folder.ApplyTo(_names.Get(parent.Path, name), entry);
        return isLink ? MetadataParts.Link : MetadataParts.Device;
    }

    private void MakeHardLink(FolderNode parent, string name, TarEntry entry)
    {
        EntryPath target = HardLink.ParseTarget(entry);
        parent.IsPinned = true;
        try
        {
            MakeHardLink(parent, name, entry, target);
        }
        finally
        {
            parent.IsPinned = false;
        }
    }

    private void MakeHardLink(FolderNode parent, string name, TarEntry entry, EntryPath target)
    {
        FolderNode? from = target.IsRoot ? null : _tree.FindParent(target, entry);
        if (from is null || _names.Find(from.Path, target.Name) is not { } fromStored)
            throw EntryFault.Unlinked(entry);
        string path = parent.PathOf(name);
        string fromPath = from.PathOf(target.Name);
        if (fromPath == path || fromPath.StartsWith(path + "/", StringComparison.Ordinal))
            throw EntryFault.LinkedToItself(entry);
        TreeNode? unapplied = _unapplied.Find(fromPath);
        if (unapplied is { IsMissing: true, File: { } missing })
        {
            // Something that only the record knows gets one more name there.
            RemoveAll(parent, name);
            _unapplied.Link(path, missing, unapplied.Missing);
            return;
        }

        if (!from.Folder.Exists(fromStored) || _tree.FindChild(from, target.Name) is not null)
            throw EntryFault.Unlinked(entry);
        Creation creation = Make(
            parent, name, entry, stored => parent.Folder.TryCreateHardLink(stored, from.Folder, fromStored));
        if (creation != Creation.Done)
            Report(parent, name, entry, MetadataParts.Link);
        else if (unapplied is { File: { } file })
            _unapplied.Link(path, file, WithName(parent, name, unapplied.Missing & ~MetadataParts.Name));
        else
            Report(parent, name, entry, MetadataParts.None);
    }

    /// <summary>Makes something, in the place of whatever has its name.</summary>
    private Creation Make(FolderNode parent, string name, TarEntry entry, Func<string, Creation> make)
    {
        Creation creation = Creation.NameTaken;
        Make(parent, name, entry, stored => (creation = make(stored)) == Creation.NameTaken ? null : parent);
        return creation;
    }

    private T Make<T>(FolderNode parent, string name, TarEntry entry, Func<string, T?> make)
        where T : class
    {
        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            if (make(_names.Get(parent.Path, name)) is { } made)
                return made;
            RemoveAll(parent, name);
        }

        throw Disturbed(entry);
    }

    /// <summary>Removes a name and all that it has, without following a link.</summary>
    private void RemoveAll(FolderNode parent, string name)
    {
        _unapplied.Remove(parent.PathOf(name));
        if (_names.Find(parent.Path, name) is not { } stored)
            return;
        _tree.Forget(parent, name);
        RemoveStored(parent.Folder, stored);
        _names.Forget(parent.Path, name);
    }

    private static void RemoveStored(Folder parent, string stored)
    {
        if (parent.TryRemoveFile(stored))
            return;
        if (parent.TryOpen(stored) is { } folder)
        {
            using (folder)
            {
                foreach (string child in folder.List())
                    RemoveStored(folder, child);
            }
        }

        parent.RemoveFolder(stored);
    }

    private static void Remove(EntryPath path, Action<TarEntry> remove)
    {
        try
        {
            // A whiteout has no content: an entry that stands for it in errors is enough.
            remove(new TarEntry { Name = path.Value });
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw EntryFault.NotWritten(path.Value, exception);
        }
    }

    /// <summary>Removes what layers below the current one have at a name.</summary>
    private void RemoveLower(FolderNode parent, string name)
    {
        string path = parent.PathOf(name);
        if (!_touched.Contains(path))
            RemoveAll(parent, name);
        else if (_tree.FindChild(parent, name) is { } folder)
            ClearLower(folder);
    }

    /// <summary>
    /// Removes what layers below the current one have in a folder: once for each folder, however often it, or one above
    /// it, is asked for.
    /// </summary>
    private void ClearLower(FolderNode folder)
    {
        if (!_cleared.Add(folder.Path))
            return;
        folder.IsPinned = true;
        try
        {
            IEnumerable<string> names = folder.Folder.List().Select(stored => _names.FromStored(folder.Path, stored));
            if (_unapplied.Find(folder.Path) is { } record)
                names = names.Union(record.Children.Select(child => child.Name));
            foreach (string name in names.ToArray())
                RemoveLower(folder, name);
        }
        finally
        {
            folder.IsPinned = false;
        }
    }

    /// <summary>Notes that the layer has something at a name, and so in all folders above it.</summary>
    private void Touch(FolderNode parent, string name)
    {
        // No whiteout is applied before the second layer.
        if (_layer == 0)
            return;
        _touched.Add(parent.PathOf(name));
        for (FolderNode? node = parent; node is not null && node.TouchedBy != _layer; node = node.Parent)
        {
            node.TouchedBy = _layer;
            _touched.Add(node.Path);
        }
    }

    private void Report(FolderNode parent, string name, TarEntry entry, MetadataParts missing) =>
        _unapplied.Set(parent.PathOf(name), entry, WithName(parent, name, missing));

    private MetadataParts WithName(FolderNode parent, string name, MetadataParts missing) =>
        _names.Find(parent.Path, name) is { } stored && stored != name ? missing | MetadataParts.Name : missing;

    private static OciException Disturbed(TarEntry entry) => new(
        OciErrorCode.WriteFailed,
        $"Another process puts files in the way of '{DisplayText.Sanitize(entry.Name)}'. "
            + "Choose a folder that is yours alone.",
        entry.Name);
}
