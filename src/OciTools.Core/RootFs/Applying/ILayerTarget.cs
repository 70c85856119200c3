namespace OciTools.RootFs;

/// <summary>What layers are applied to, from the lowest to the highest.</summary>
internal interface ILayerTarget
{
    /// <summary>Starts with a layer.</summary>
    /// <param name="layer">Its number; the lowest is 0.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    ValueTask BeginLayerAsync(int layer, CancellationToken cancellationToken);

    /// <summary>Adds what an entry is, in the place of whatever has its name.</summary>
    ValueTask ApplyAsync(TarEntry entry, EntryPath path, CancellationToken cancellationToken);

    /// <summary>
    /// Removes what the layers below have at a path (OCI image specification 1.1, layer.md, "Whiteouts").
    /// </summary>
    ValueTask RemoveAsync(EntryPath path, CancellationToken cancellationToken);

    /// <summary>Removes what the layers below have in a folder (layer.md, "Opaque Whiteout").</summary>
    ValueTask ClearAsync(EntryPath path, CancellationToken cancellationToken);

    /// <summary>Ends a layer, whose content has been verified.</summary>
    ValueTask EndLayerAsync(CancellationToken cancellationToken);
}
