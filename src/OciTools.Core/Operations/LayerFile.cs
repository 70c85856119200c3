using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>A file in a layer.</summary>
/// <param name="Layer">The number of the layer; the highest is 0.</param>
/// <param name="Item">What it is.</param>
/// <param name="Content">The content; null when it is too large.</param>
internal sealed record LayerFile(int Layer, OciLayerItem Item, byte[]? Content)
{
    /// <summary>Reads the content of an entry.</summary>
    /// <param name="number">The number of the layer.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="path">The path of the entry.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="maximumSize">The size of the largest file to keep.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public static async Task<LayerFile> ReadAsync(
        int number,
        OciLayer layer,
        LayerPath path,
        TarEntry entry,
        long maximumSize,
        CancellationToken cancellationToken)
    {
        byte[]? content = null;
        if (entry.Size <= maximumSize)
        {
            content = new byte[entry.Size];
            await entry.Data.ReadExactlyAsync(content, cancellationToken).ConfigureAwait(false);
        }

        var item = OciLayerItem.Create(layer.Reference, layer.Descriptor!.Digest, path, entry);
        return new LayerFile(number, item, content);
    }
}
