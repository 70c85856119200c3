namespace OciTools.RootFs;

/// <summary>Reads the entries of a layer from where it is, and verifies the layer at its end.</summary>
internal sealed class LayerReader : IAsyncDisposable
{
    private readonly Descriptor _layer;
    private readonly LayerStream _stream;
    private readonly TarReader _reader;
    private bool _hasBegun;

    private LayerReader(Descriptor layer, LayerStream stream)
    {
        _layer = layer;
        _stream = stream;
        _reader = new TarReader(stream, layer);
    }

    /// <summary>Opens a layer.</summary>
    /// <param name="source">Where it is.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="diffId">The digest of what it unpacks to; null when it is not known.</param>
    /// <param name="progress">Hears of bytes.</param>
    /// <param name="cancellationToken">Stops the wait for the first bytes.</param>
    public static async Task<LayerReader> OpenAsync(
        IContentSource source,
        Descriptor layer,
        Digest? diffId,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        Stream blob = await source.OpenBlobAsync(layer, 0, cancellationToken).ConfigureAwait(false);
        return new LayerReader(layer, await LayerStream.OpenAsync(
            blob, layer, diffId, limits: null, progress, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads the next entry.</summary>
    /// <returns>The entry; null at the end, when the layer has been verified.</returns>
    /// <exception cref="OciException">
    /// As for <see cref="TarReader"/> and <see cref="LayerStream"/>; <see cref="OciErrorCode.NotSupported"/> for what
    /// never was a tar, such as the text of an artifact.
    /// </exception>
    public async ValueTask<TarEntry?> ReadEntryAsync(CancellationToken cancellationToken)
    {
        TarEntry? entry;
        try
        {
            entry = await _reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OciException exception) when (exception.Code == OciErrorCode.ArchiveInvalid && IsNoTar)
        {
            throw NotOfFiles(_layer, exception);
        }

        _hasBegun = true;
        if (entry is null)
            await _stream.FinishAsync(cancellationToken).ConfigureAwait(false);
        return entry;
    }

    /// <summary>The error for a layer that never was a tar and cannot be read as one.</summary>
    public static OciException NotOfFiles(Descriptor layer, OciException cause) => new(
        OciErrorCode.NotSupported,
        $"{layer.Digest} is no layer of files, but {DisplayText.Sanitize(layer.MediaType)}. Name an image.",
        layer,
        cause);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    // Types are often wrong; so whether it can be read counts first.
    private bool IsNoTar => !_hasBegun && !MediaTypes.IsTar(_layer.MediaType);
}
