using System.Globalization;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>
/// Finds one file in the layers of an image, from the top down, and copies it. A layer that is read leaves its names
/// behind, so that a link that leads elsewhere does not make it read again, unless it holds the content too.
/// </summary>
internal sealed class ImageFile
{
    // As many as Linux follows (path_resolution(7)).
    private const int MaximumLinks = 40;

    // The longest path that Linux takes (limits.h, PATH_MAX).
    private const int MaximumPath = 4096;

    private readonly IContentSource _source;
    private readonly OciLayer[] _layers;
    private readonly LayerNames?[] _names;
    private readonly GetFileContentRequest _request;
    private readonly Stream _destination;
    private readonly long _start;
    private readonly IProgress<TransferEvent>? _progress;
    private int _links;
    private (int Layer, string Path, OciLayerItem Item)? _copied;

    /// <summary>Prepares to find a file.</summary>
    /// <param name="source">Where the layers are.</param>
    /// <param name="layers">The layers, the lowest first.</param>
    /// <param name="request">The file.</param>
    /// <param name="destination">Where its content goes.</param>
    /// <param name="progress">Hears of bytes.</param>
    public ImageFile(
        IContentSource source,
        IEnumerable<OciLayer> layers,
        GetFileContentRequest request,
        Stream destination,
        IProgress<TransferEvent>? progress)
    {
        _source = source;
        _layers = [.. layers.Where(layer => !layer.IsEmpty).Reverse()];
        _names = new LayerNames?[_layers.Length];
        _request = request;
        _destination = destination;
        _start = destination.Position;
        _progress = progress;
    }

    /// <summary>Finds the file, and copies it.</summary>
    /// <exception cref="OciException">As for <see cref="GetFileContentOperation"/>.</exception>
    public async Task<OciLayerItem> CopyAsync(CancellationToken cancellationToken)
    {
        (int layer, string path, OciFileType type) =
            await FollowAsync(_request.Path, cancellationToken).ConfigureAwait(false) ?? throw NotFound();
        if (type != OciFileType.File)
            throw NoFile(type);
        if (_copied is not { } copied || copied.Layer != layer || copied.Path != path)
            await ReadAsync(layer, path, cancellationToken).ConfigureAwait(false);
        return _copied is { } found ? found.Item : throw NotFound();
    }

    /// <summary>Follows a path and all links on it.</summary>
    /// <returns>What it leads to, under its own path, and the layer that has it; null when there is nothing.</returns>
    private async Task<(int Layer, string Path, OciFileType Type)?> FollowAsync(
        string path, CancellationToken cancellationToken)
    {
        int top = 0;
        while (true)
        {
            if (path.Length > MaximumPath)
                return null;
            path = await SettleAsync(path, cancellationToken).ConfigureAwait(false);
            if (path.Length == 0)
                return (0, path, OciFileType.Directory);
            if (await LookUpAsync(path, top, cancellationToken).ConfigureAwait(false) is not { } found)
                return null;

            string rest = path[found.Path.Length..];
            switch (found.Name.Type)
            {
                // A hard link is what its target was when the link was made: layers above have no say.
                case OciFileType.HardLink when rest.Length == 0:
                    path = found.Name.LinkTarget;
                    top = found.Layer;
                    break;
                case OciFileType.SymbolicLink:
                    string target = found.Name.LinkTarget;
                    string directory = target.StartsWith('/') ? "" : LayerPath.GetDirectory(found.Path);
                    path = $"{directory}/{target}{rest}";
                    if (rest.Length == 0)
                        top = 0;
                    break;
                case { } type when rest.Length == 0:
                    return (found.Layer, found.Path, type);
                default:
                    return null;
            }

            if (++_links > MaximumLinks)
                throw TooManyLinks();
        }
    }

    /// <summary>
    /// Resolves <c>..</c> as the system does: it leads up from where links have led to, not from their names.
    /// </summary>
    private async Task<string> SettleAsync(string path, CancellationToken cancellationToken)
    {
        List<string> segments = [.. path.Split('/').Where(segment => segment is not ("" or "."))];
        int up;
        while ((up = segments.IndexOf("..")) >= 0)
        {
            string before = string.Join('/', segments.Take(up));
            if (up > 0 && await FollowAsync(before, cancellationToken).ConfigureAwait(false) is { } found
                && found.Type == OciFileType.Directory)
            {
                before = found.Path;
            }

            string above = LayerPath.GetDirectory(before);
            segments = [.. above.Split('/', StringSplitOptions.RemoveEmptyEntries), .. segments.Skip(up + 1)];
        }

        return string.Join('/', segments);
    }

    /// <summary>
    /// Looks for a path, or for what stands in its way: something above it that is no directory, such as a symbolic
    /// link.
    /// </summary>
    private async Task<(int Layer, string Path, LayerName Name)?> LookUpAsync(
        string path, int top, CancellationToken cancellationToken)
    {
        string[] ancestors = [.. LayerPath.GetAncestors(path)];
        var directories = new HashSet<string>(StringComparer.Ordinal);
        for (int layer = top; layer < _layers.Length; layer++)
        {
            LayerNames names = _names[layer] ?? await ReadAsync(layer, path, cancellationToken).ConfigureAwait(false);
            if (names.Find(path) is { } name)
                return (layer, path, name);

            foreach (string ancestor in ancestors)
            {
                if (names.Find(ancestor) is not { } above)
                    continue;
                if (above.Type == OciFileType.Directory)
                    directories.Add(ancestor);
                else
                    return directories.Contains(ancestor) ? null : (layer, ancestor, above);
            }

            if (names.Hides(path))
                return null;
        }

        return null;
    }

    /// <summary>Reads a layer: keeps its names, and copies the file if it is there.</summary>
    private async Task<LayerNames> ReadAsync(int layer, string path, CancellationToken cancellationToken)
    {
        Descriptor descriptor = _layers[layer].Descriptor!;
        var names = new LayerNames(descriptor);
        Stream blob = await _source.OpenBlobAsync(descriptor, 0, cancellationToken).ConfigureAwait(false);
        LayerStream stream = await LayerStream.OpenAsync(
            blob, descriptor, _layers[layer].DiffId, limits: null, _progress, cancellationToken).ConfigureAwait(false);
        var reader = new TarReader(stream, descriptor);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                var entryPath = LayerPath.Parse(entry.Name);
                names.Add(entryPath, entry);
                if (entryPath == new LayerPath(path, false, false) && entry.Type == OciFileType.File)
                {
                    await CopyAsync(entry, cancellationToken).ConfigureAwait(false);
                    _copied = (layer, path, OciLayerItem.Create(
                        _layers[layer].Reference, descriptor.Digest, entryPath, entry));
                }
            }

            await stream.FinishAsync(cancellationToken).ConfigureAwait(false);
        }

        return _names[layer] = names;
    }

    private async Task CopyAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Size > _request.MaximumSize)
        {
            throw new OciException(
                OciErrorCode.LimitExceeded,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The file '{Shown}' has {entry.Size} bytes, and {_request.MaximumSize} are the limit. Raise it."),
                _request.Reference);
        }

        _copied = null;
        _destination.SetLength(_start);
        _destination.Position = _start;
        await entry.Data.CopyToAsync(_destination, cancellationToken).ConfigureAwait(false);
    }

    private string Shown => DisplayText.Sanitize(_request.Path);

    private OciException NotFound() => new(
        OciErrorCode.FileNotFound,
        $"The image {_request.Reference} has no file '{Shown}'. Check the path; capital letters count.",
        _request.Reference);

    private OciException NoFile(OciFileType type) => new(
        OciErrorCode.NotSupported,
        $"'{Shown}' in the image {_request.Reference} is no file, but: {type}. Name a file.",
        _request.Reference);

    private OciException TooManyLinks() => new(
        OciErrorCode.LimitExceeded,
        $"'{Shown}' in the image {_request.Reference} leads over more than {MaximumLinks} links. "
            + "They may lead in a circle; name the file itself.",
        _request.Reference);
}
