namespace OciTools.RootFs;

/// <summary>
/// Reads layers a second time, and writes of each what the tree of the whole image still has of it: a file under its
/// first name, then its other names, and at the end all folders.
/// </summary>
/// <remarks>
/// Layers come back to the same folders. If a folder stood before what is in it, unpacking what comes later would
/// change its time again, and could not be done by anybody but root where the folder is closed for writing.
/// </remarks>
internal sealed class FlatTarTarget : ILayerTarget
{
    private readonly TarWriter _writer;
    private readonly ImageTree _tree;
    private readonly IReadOnlyList<int> _files;
    private int _written;
    private int _layer;

    /// <summary>Prepares to write.</summary>
    /// <param name="tree">The tree of the whole image.</param>
    /// <param name="writer">Where it goes.</param>
    public FlatTarTarget(ImageTree tree, TarWriter writer)
    {
        _tree = tree;
        _writer = writer;
        _files = tree.ListFiles();
    }

    /// <inheritdoc/>
    public ValueTask BeginLayerAsync(int layer, CancellationToken cancellationToken)
    {
        _layer = layer;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(TarEntry entry, EntryPath path, CancellationToken cancellationToken)
    {
        if (_written == _files.Count)
            return;
        TreeFile file = _tree.GetFile(_files[_written]);
        if (file.Layer != _layer || file.Offset != entry.Offset)
            return;

        _written++;
        string? first = null;
        foreach (TreeNode node in file.Names)
        {
            string name = node.Path;
            TarEntry written = first is null
                ? entry with { Name = name }
                : entry with { Name = name, Type = OciFileType.HardLink, LinkName = first, Size = 0 };
            await _writer.WriteEntryAsync(written, cancellationToken).ConfigureAwait(false);
            first ??= name;
        }
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(EntryPath path, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask ClearAsync(EntryPath path, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask EndLayerAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Writes the folders, and ends the archive.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        foreach (TreeNode folder in _tree.Root.Walk().Where(node => node.IsFolder))
        {
            if (folder.File is not { } file)
                continue;
            string name = folder.Parent is null ? "./" : folder.Path;
            await _writer.WriteEntryAsync(file.Entry with { Name = name }, cancellationToken).ConfigureAwait(false);
        }

        await _writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
