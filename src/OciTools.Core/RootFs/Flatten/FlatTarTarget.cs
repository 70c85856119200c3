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
    private readonly TreeNode _root;
    private readonly Dictionary<(int Layer, long Offset), TreeFile> _files = [];
    private int _layer;

    /// <summary>Prepares to write.</summary>
    /// <param name="root">The tree of the whole image.</param>
    /// <param name="writer">Where it goes.</param>
    public FlatTarTarget(TreeNode root, TarWriter writer)
    {
        _root = root;
        _writer = writer;
        foreach (TreeFile file in root.Walk().Where(node => !node.IsFolder).Select(node => node.File!))
            _files[(file.Layer, file.Entry.Offset)] = file;
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
        if (!_files.TryGetValue((_layer, entry.Offset), out TreeFile? file))
            return;

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
        foreach (TreeNode folder in _root.Walk().Where(node => node.IsFolder))
        {
            if (folder.File is not { } file)
                continue;
            string name = folder.Parent is null ? "./" : folder.Path;
            await _writer.WriteEntryAsync(file.Entry with { Name = name }, cancellationToken).ConfigureAwait(false);
        }

        await _writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}
