using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>
/// The layers of an image, the highest first. One that is read leaves its names behind, and the content of those files
/// that somebody waits for, so that it need not be read again for them.
/// </summary>
/// <param name="source">Where the layers are.</param>
/// <param name="layers">The layers, the lowest first.</param>
/// <param name="wanted">The paths that are waited for.</param>
/// <param name="maximumSize">The size of the largest file to keep.</param>
/// <param name="progress">Hears of bytes.</param>
internal sealed class ImageLayers(
    IContentSource source,
    IEnumerable<OciLayer> layers,
    IEnumerable<string> wanted,
    long maximumSize,
    IProgress<TransferEvent>? progress)
{
    private readonly OciLayer[] _layers = [.. layers.Where(layer => !layer.IsEmpty).Reverse()];
    private readonly Dictionary<int, LayerNames> _names = [];
    private readonly HashSet<string> _wanted = [.. wanted.Select(LayerPath.Normalize)];
    private readonly Dictionary<string, LayerFile> _files = new(StringComparer.Ordinal);

    public int Count => _layers.Length;

    /// <summary>Whether the names in the layers that were read tell what the image has.</summary>
    public bool ArePlain => _names.Values.All(names => names.IsPlain);

    /// <summary>The names in a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="path">What is looked for; a file of this path is kept.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<LayerNames> GetNamesAsync(int layer, string path, CancellationToken cancellationToken) =>
        _names.GetValueOrDefault(layer) ?? await ReadAsync(layer, path, cancellationToken).ConfigureAwait(false);

    /// <summary>Takes a file that a layer has; it is not kept any longer.</summary>
    public async Task<LayerFile?> TakeFileAsync(int layer, string path, CancellationToken cancellationToken)
    {
        if (!_files.TryGetValue(path, out LayerFile? file) || file.Layer != layer)
            await ReadAsync(layer, path, cancellationToken).ConfigureAwait(false);
        return _files.Remove(path, out file) ? file : null;
    }

    private async Task<LayerNames> ReadAsync(int layer, string path, CancellationToken cancellationToken)
    {
        Descriptor descriptor = _layers[layer].Descriptor!;
        var names = new LayerNames(descriptor);
        LayerReader reader = await LayerReader.OpenAsync(
            source, descriptor, _layers[layer].DiffId, progress, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                var entryPath = LayerPath.Parse(entry.Name);
                names.Add(entryPath, entry);
                if (!entryPath.IsWhiteout && !entryPath.IsOpaque && entry.Type == OciFileType.File
                    && (entryPath.Path == path || IsWaitedFor(entryPath.Path, layer)))
                {
                    _files[entryPath.Path] = await LayerFile.ReadAsync(
                        layer, _layers[layer], entryPath, entry, maximumSize, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
        }

        return _names[layer] = names;
    }

    /// <summary>Of a file in several layers the highest counts, and of one that a layer has twice the last.</summary>
    private bool IsWaitedFor(string path, int layer) =>
        _wanted.Contains(path) && (!_files.TryGetValue(path, out LayerFile? file) || file.Layer == layer);
}
