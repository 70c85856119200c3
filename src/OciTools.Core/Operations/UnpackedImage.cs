using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>
/// What all layers of an image make together, where the names in one layer do not tell which file they mean: the whole
/// image is read for it.
/// </summary>
/// <param name="source">Where the image is.</param>
/// <param name="image">The image.</param>
/// <param name="steps">Its layers, the lowest first, and the steps that made none.</param>
/// <param name="maximumSize">The size of the largest file to keep.</param>
/// <param name="progress">Hears of bytes.</param>
internal sealed class UnpackedImage(
    IContentSource source,
    OciManifest image,
    IEnumerable<OciLayer> steps,
    long maximumSize,
    IProgress<TransferEvent>? progress)
{
    private readonly OciLayer[] _layers = [.. steps.Where(layer => !layer.IsEmpty)];
    private readonly ImageTree _tree = new();
    private bool _isRead;

    /// <summary>Finds what a path leads to, over all links.</summary>
    /// <param name="path">The path.</param>
    /// <param name="maximumLinks">How many links may be followed.</param>
    /// <param name="tooManyLinks">Makes the error for more.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The node; null when there is nothing.</returns>
    public async Task<TreeNode?> FindAsync(
        string path, int maximumLinks, Func<Exception> tooManyLinks, CancellationToken cancellationToken)
    {
        if (!_isRead)
            await ReadLayersAsync(cancellationToken).ConfigureAwait(false);

        var rest = new Stack<string>(path.Split('/').Reverse());
        TreeNode node = _tree.Root;
        while (rest.TryPop(out string? name))
        {
            if (name is "" or ".")
                continue;
            if (!node.IsFolder)
                return null;
            if (name == "..")
            {
                // Above the root is the root.
                node = node.Parent ?? node;
                continue;
            }

            if (node.Find(name) is not { } child)
                return null;
            if (child.File is not { Type: OciFileType.SymbolicLink } link)
            {
                node = child;
                continue;
            }

            if (--maximumLinks < 0)
                throw tooManyLinks();
            if (link.LinkName.StartsWith('/'))
                node = _tree.Root;
            foreach (string part in link.LinkName.Split('/').Reverse())
                rest.Push(part);
        }

        return node;
    }

    /// <summary>Reads a file, and its layer to the end, so that it is verified.</summary>
    public async Task<LayerFile> ReadAsync(TreeFile file, CancellationToken cancellationToken)
    {
        OciLayer layer = _layers[file.Layer];
        LayerReader reader = await LayerReader.OpenAsync(
            source, layer.Descriptor!, layer.DiffId, progress, cancellationToken).ConfigureAwait(false);
        LayerFile? found = null;
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                if (entry.Offset == file.Offset)
                {
                    int number = _layers.Length - 1 - file.Layer;
                    found = await LayerFile.ReadAsync(
                        number, layer, LayerPath.Parse(entry.Name), entry, maximumSize, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
        }

        return found ?? throw new InvalidOperationException("The layer is not the one that was read before.");
    }

    private async Task ReadLayersAsync(CancellationToken cancellationToken)
    {
        ImageContent content =
            await ImageContent.ReadAsync(source, image, cancellationToken).ConfigureAwait(false);
        var run = new LayerRun(
            content, (layer, token) => source.OpenBlobAsync(layer, 0, token), ExpandLimits.Default, progress);
        await run.ApplyAsync(new TreeTarget(_tree), () => "No file was read.", cancellationToken)
            .ConfigureAwait(false);
        _isRead = true;
    }
}
