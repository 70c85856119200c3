using System.Globalization;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>Finds one file in the layers of an image, from the top down.</summary>
/// <param name="layers">The layers.</param>
/// <param name="unpacked">What the layers make together, for when their names alone do not tell.</param>
/// <param name="request">The image.</param>
/// <param name="wanted">The path of the file.</param>
internal sealed class ImageFile(
    ImageLayers layers, UnpackedImage unpacked, GetFileContentRequest request, string wanted)
{
    // As many as Linux follows (path_resolution(7)).
    private const int MaximumLinks = 40;

    // The longest path that Linux takes (limits.h, PATH_MAX).
    private const int MaximumPath = 4096;

    private int _links;

    /// <summary>Finds the file.</summary>
    /// <exception cref="OciException">As for <see cref="GetFileContentOperation"/>.</exception>
    public async Task<OciFileContent> ReadAsync(CancellationToken cancellationToken)
    {
        LayerFile file =
            await FindAsync(cancellationToken).ConfigureAwait(false)
            ?? await FindUnpackedAsync(cancellationToken).ConfigureAwait(false);
        return new OciFileContent
        {
            Reference = file.Item.Reference,
            Path = wanted,
            Item = file.Item,
            Bytes = file.Content ?? throw TooLarge(file.Item.Size),
        };
    }

    /// <returns>The file; null when the names in the layers that were read do not tell.</returns>
    private async Task<LayerFile?> FindAsync(CancellationToken cancellationToken)
    {
        (int Layer, string Path, OciFileType Type)? end =
            await FollowAsync(wanted, cancellationToken).ConfigureAwait(false);
        if (!layers.ArePlain)
            return null;
        if (end is not { } found)
            throw NotFound();
        if (found.Type != OciFileType.File)
            throw NoFile(found.Type);
        return await layers.TakeFileAsync(found.Layer, found.Path, cancellationToken).ConfigureAwait(false)
            ?? throw NotFound();
    }

    private async Task<LayerFile> FindUnpackedAsync(CancellationToken cancellationToken)
    {
        TreeNode node =
            await unpacked.FindAsync(wanted, MaximumLinks, TooManyLinks, cancellationToken).ConfigureAwait(false)
            ?? throw NotFound();
        if (node.IsFolder)
            throw NoFile(OciFileType.Directory);
        if (node.File is not { Type: OciFileType.File } file)
            throw NoFile(node.File!.Type);
        return await unpacked.ReadAsync(file, cancellationToken).ConfigureAwait(false);
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
                return layers.ArePlain ? throw TooManyLinks() : null;
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
        for (int layer = top; layer < layers.Count; layer++)
        {
            LayerNames names = await layers.GetNamesAsync(layer, path, cancellationToken).ConfigureAwait(false);
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

    private string Shown => DisplayText.Sanitize(wanted);

    private OciException NotFound() => new(
        OciErrorCode.FileNotFound,
        $"The image {request.Reference} has no file '{Shown}'. Check the path; capital letters count.",
        request.Reference);

    private OciException NoFile(OciFileType type) => new(
        OciErrorCode.NotSupported,
        $"'{Shown}' in the image {request.Reference} is {Describe(type)}, not a file. Name a file.",
        request.Reference);

    private OciException TooLarge(long size) => new(
        OciErrorCode.LimitExceeded,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The file '{Shown}' has {size} bytes, and {request.MaximumSize} are the limit. Raise it."),
        request.Reference);

    private static string Describe(OciFileType type) => type switch
    {
        OciFileType.Directory => "a directory",
        OciFileType.Fifo => "a named pipe",
        _ => "a device",
    };

    private OciException TooManyLinks() => new(
        OciErrorCode.LimitExceeded,
        $"'{Shown}' in the image {request.Reference} leads over more than {MaximumLinks} links. "
            + "They may lead in a circle; name the file itself.",
        request.Reference);
}
