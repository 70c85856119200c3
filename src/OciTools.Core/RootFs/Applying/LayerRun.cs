using OciTools.Layout;

namespace OciTools.RootFs;

/// <summary>Applies all layers of an image to a target, and puts what goes wrong in words.</summary>
/// <param name="image">The image.</param>
/// <param name="open">Opens the content of a layer, from its first byte on.</param>
/// <param name="limits">The limits.</param>
/// <param name="progress">Hears of the layers.</param>
internal sealed class LayerRun(
    ImageContent image,
    Func<Descriptor, CancellationToken, Task<Stream>> open,
    ExpandLimits limits,
    IProgress<TransferEvent>? progress)
{
    private readonly LayerApplier _applier = new(limits);

    /// <summary>The file that the target writes, for errors of the disk; null where it tells of them itself.</summary>
    public string? TargetPath { get; init; }

    /// <summary>How many entries have been seen.</summary>
    public long Entries => _applier.Entries;

    /// <summary>How many bytes of file content have been seen.</summary>
    public long Bytes => _applier.Bytes;

    /// <summary>Applies the layers, the lowest first.</summary>
    /// <inheritdoc cref="ApplyAsync(ILayerTarget, Range, Func{string}, CancellationToken)"/>
    public Task ApplyAsync(ILayerTarget target, Func<string> onFailure, CancellationToken cancellationToken) =>
        ApplyAsync(target, .., onFailure, cancellationToken);

    /// <summary>Applies some of the layers, the lowest first.</summary>
    /// <param name="target">The target.</param>
    /// <param name="layers">Which layers; the target has all that is below them.</param>
    /// <param name="onFailure">What is to be said of the target after a failure.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">The first failure; the message names the entry.</exception>
    public async Task ApplyAsync(
        ILayerTarget target, Range layers, Func<string> onFailure, CancellationToken cancellationToken)
    {
        (int layer, int count) = layers.GetOffsetAndLength(image.Layers.Count);
        int first = layer;
        int end = first + count;
        var feed = new LayerFeed((i, token) => OpenAsync(first + i, token), count, cancellationToken);
        try
        {
            await using (feed.ConfigureAwait(false))
            {
                for (; layer < end; layer++)
                {
                    using var reader = new TarReader(feed, image.Layers[layer], leaveOpen: true);
                    await _applier.ApplyAsync(target, layer, reader, feed.FinishLayerAsync, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
        }
        catch (OciException exception)
        {
            throw Explain(exception, _applier.Current, layer, onFailure());
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            OciException fault = FileFault.At(TargetPath ?? image.Layers[layer].Digest.ToString(), exception);
            throw Explain(fault, _applier.Current, layer, onFailure());
        }
    }

    private async Task<LayerStream> OpenAsync(int layer, CancellationToken cancellationToken)
    {
        Descriptor descriptor = image.Layers[layer];
        Stream blob = await open(descriptor, cancellationToken).ConfigureAwait(false);
        return await LayerStream.OpenAsync(
            blob, descriptor, image.DiffIds[layer], limits.ForLayers(), progress, cancellationToken)
            .ConfigureAwait(false);
    }

    private OciException Explain(OciException exception, string? entry, int layer, string consequence)
    {
        if (exception.Code == OciErrorCode.ArchiveInvalid && !MediaTypes.IsTar(image.Layers[layer].MediaType))
            exception = LayerReader.NotOfFiles(image.Layers[layer], exception);
        string where = $" Layer {layer + 1} of {image.Layers.Count} was being unpacked";
        if (entry is not null)
            where += $", at the entry '{DisplayText.Sanitize(entry)}'";
        return new OciException(
            exception.Code, $"{exception.Message}{where}. {consequence}", exception.Target, exception);
    }
}
