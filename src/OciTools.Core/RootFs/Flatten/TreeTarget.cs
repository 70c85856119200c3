namespace OciTools.RootFs;

/// <summary>Applies layers to a tree in memory, and leaves the content of files where it is.</summary>
internal sealed class TreeTarget(ImageTree tree) : ILayerTarget
{
    /// <inheritdoc/>
    public ValueTask BeginLayerAsync(int layer, CancellationToken cancellationToken)
    {
        tree.BeginLayer(layer);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ApplyAsync(TarEntry entry, EntryPath path, CancellationToken cancellationToken)
    {
        tree.Apply(entry, path);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(EntryPath path, CancellationToken cancellationToken)
    {
        tree.Remove(path);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ClearAsync(EntryPath path, CancellationToken cancellationToken)
    {
        tree.Clear(path);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask EndLayerAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
