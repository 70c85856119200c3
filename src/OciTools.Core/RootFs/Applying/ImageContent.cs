using OciTools.Operations;

namespace OciTools.RootFs;

/// <summary>An image that is to be unpacked: what it is, and its layers with the digests that they unpack to.</summary>
internal sealed record ImageContent(OciManifest Manifest, ImageConfig Config, IReadOnlyList<Descriptor> Layers)
{
    /// <summary>The digests that the layers unpack to; null where the image does not say, as in schema 1.</summary>
    public IReadOnlyList<Digest?> DiffIds { get; } =
        Manifest.Document?.Schema1 is null ? [.. Config.DiffIds] : new Digest?[Layers.Count];

    /// <summary>Reads what is needed to know of an image before its layers are read.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.NotSupported"/>: it is none; <see cref="OciErrorCode.ManifestInvalid"/>: manifest and
    /// config disagree on the layers.
    /// </exception>
    public static async Task<ImageContent> ReadAsync(
        IContentSource source, OciManifest manifest, CancellationToken cancellationToken)
    {
        (RawDocument Document, ImageConfig Config)? found =
            await ManifestConfig.ReadAsync(source, manifest, cancellationToken).ConfigureAwait(false);
        if (found is not { } read || manifest.Layers is not { } layers)
        {
            throw new OciException(
                OciErrorCode.NotSupported,
                $"{manifest.Reference} is no image that can be unpacked, but an artifact. Name an image.",
                manifest.Reference);
        }

        var image = new ImageContent(manifest, read.Config, layers);
        if (image.DiffIds.Count != layers.Count)
        {
            throw new OciException(
                OciErrorCode.ManifestInvalid,
                $"{manifest.Reference} has {layers.Count} layers, but its config names {image.DiffIds.Count} diffIDs, "
                    + "so they cannot be verified. Ask whoever published the image for a correct one.",
                manifest.Reference);
        }

        return image;
    }
}
