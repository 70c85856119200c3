namespace OciTools.RootFs;

/// <summary>An image that is to be unpacked: what it is, and its layers with the digests that they unpack to.</summary>
internal sealed record ImageContent(OciManifest Manifest, ImageConfig Config, IReadOnlyList<Descriptor> Layers)
{
    /// <summary>Reads what is needed to know of an image before its layers are read.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.NotSupported"/>: it is none; <see cref="OciErrorCode.ManifestInvalid"/>: manifest and
    /// config disagree on the layers.
    /// </exception>
    public static async Task<ImageContent> ReadAsync(
        IContentSource source, OciManifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Config is not { } descriptor || manifest.Layers is not { } layers
            || !MediaTypes.IsConfig(descriptor.MediaType))
        {
            throw new OciException(
                OciErrorCode.NotSupported,
                $"{manifest.Reference} is no image that can be unpacked, but an artifact. Name an image.",
                manifest.Reference);
        }

        RawDocument document = await source.ReadDocumentAsync(descriptor, cancellationToken).ConfigureAwait(false);
        ImageConfig config = ImageConfig.Parse(document);
        if (config.DiffIds.Count != layers.Count)
        {
            throw new OciException(
                OciErrorCode.ManifestInvalid,
                $"{manifest.Reference} has {layers.Count} layers, but its config names {config.DiffIds.Count} diffIDs, "
                    + "so they cannot be verified. Ask whoever published the image for a correct one.",
                manifest.Reference);
        }

        return new ImageContent(manifest, config, layers);
    }
}
