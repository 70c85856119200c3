using System.Runtime.CompilerServices;

namespace OciTools.Operations;

/// <summary>Reads image configs: one for each platform of an image that is asked for.</summary>
/// <param name="session">Opens the source.</param>
public sealed class GetConfigOperation(OciSession session)
{
    /// <summary>
    /// Reads the configs, in the order of the image's index. Artifacts, whose config is none of an image, are left out.
    /// </summary>
    /// <param name="request">The image and the platforms; <see cref="GetManifestRequest.Detailed"/> is implied.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">Whatever finding the image and reading its documents can meet.</exception>
    public async IAsyncEnumerable<OciConfig> RunAsync(
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
            (RawDocument Document, ImageConfig Config)? found =
                await ManifestConfig.ReadAsync(source, manifest, cancellationToken).ConfigureAwait(false);
            if (found is not { } read)
            {
                progress?.Report(new TransferEvent
                {
                    Kind = TransferEventKind.Decided,
                    Descriptor = manifest.Descriptor,
                    Message = $"{manifest.Reference} is no image and has no image config.",
                });
                continue;
            }

            yield return new OciConfig
            {
                Reference = manifest.Reference,
                Platform = read.Config.Platform ?? manifest.Platform,
                Digest = read.Document.Digest,
                Config = read.Config,
                Document = read.Document,
            };
        }
    }
}
