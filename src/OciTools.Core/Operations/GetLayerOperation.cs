using System.Runtime.CompilerServices;

namespace OciTools.Operations;

/// <summary>Tells the layers of images, and how each came to be.</summary>
/// <param name="session">Opens the source.</param>
public sealed class GetLayerOperation(OciSession session)
{
    /// <summary>
    /// Describes the steps that made an image, the first one first: each with its layer, or without one where it only
    /// changed the config. What is no image has its layers described without a history.
    /// </summary>
    /// <param name="request">The image and the platforms; <see cref="GetManifestRequest.Detailed"/> is implied.</param>
    /// <param name="progress">Hears of decisions and retries, and of a history that does not fit to the layers.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">Whatever finding the image and reading its documents can meet.</exception>
    public async IAsyncEnumerable<OciLayer> RunAsync(
        GetManifestRequest request,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        IContentSource source = session.OpenSource(request.Reference, request.Options, progress);
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
        IAsyncEnumerable<OciManifest> manifests = GetManifestOperation.FindAsync(
            source, request with { Detailed = true }, cancellationToken);
        await foreach (OciManifest manifest in manifests.ConfigureAwait(false))
        {
            IReadOnlyList<OciLayer> layers =
                await DescribeAsync(source, manifest, progress, cancellationToken).ConfigureAwait(false);
            foreach (OciLayer layer in layers)
                yield return layer;
        }
    }

    /// <summary>Describes the steps that made one image, whose manifest has been read.</summary>
    internal static async Task<IReadOnlyList<OciLayer>> DescribeAsync(
        IContentSource source,
        OciManifest manifest,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        (RawDocument Document, ImageConfig Config)? read =
            await ManifestConfig.ReadAsync(source, manifest, cancellationToken).ConfigureAwait(false);
        return LayerHistory.Describe(manifest, read?.Config, message => progress?.Report(new TransferEvent
        {
            Kind = TransferEventKind.Warned,
            Descriptor = manifest.Descriptor,
            Message = message,
        }));
    }
}
