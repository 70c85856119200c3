using System.Runtime.CompilerServices;
using OciTools.Comparing;

namespace OciTools.Operations;

/// <summary>Tells what differs between two images, wherever they are.</summary>
/// <param name="session">Opens the sources.</param>
public sealed class CompareImageOperation(OciSession session)
{
    /// <summary>Compares two images, platform by platform.</summary>
    /// <remarks>
    /// <para>
    /// Of each platform come the platform itself, then manifest, config, layers and, if they are wanted, files. Nothing
    /// but the platforms is told of a platform that one image alone has. Of a platform that is the same byte for byte
    /// nothing is read.
    /// </para>
    /// <para>
    /// Files are compared as they are after all layers, by type, content, mode, owner, links, device and extended
    /// attributes. Layers that both images have in common from the lowest on are read once. Digests and diffIDs of all
    /// layers that are read are verified before any file is told of.
    /// </para>
    /// </remarks>
    /// <param name="request">What to compare.</param>
    /// <param name="progress">Hears of decisions, retries and bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.PlatformNotFound"/>; for files <see cref="OciErrorCode.ArchiveInvalid"/>,
    /// <see cref="OciErrorCode.ContentMismatch"/>, <see cref="OciErrorCode.LimitExceeded"/>,
    /// <see cref="OciErrorCode.NotSupported"/> for what is no image; and whatever finding the images and reading them
    /// can meet.
    /// </exception>
    public async IAsyncEnumerable<OciImageDifference> RunAsync(
        CompareImageRequest request,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        IContentSource leftSource = session.OpenSource(request.ReferenceImage, request.Options, progress);
        await using ConfiguredAsyncDisposable _ = leftSource.AsDisposable().ConfigureAwait(false);
        IContentSource rightSource = session.OpenSource(request.DifferenceImage, request.Options, progress);
        await using ConfiguredAsyncDisposable __ = rightSource.AsDisposable().ConfigureAwait(false);
        List<OciManifest> left =
            await FindAsync(leftSource, request.ReferenceImage, request, cancellationToken).ConfigureAwait(false);
        List<OciManifest> right =
            await FindAsync(rightSource, request.DifferenceImage, request, cancellationToken).ConfigureAwait(false);
        foreach (PlatformPair pair in PlatformPair.Match(left, right))
        {
            var comparer = new ImageComparer(request, pair, leftSource, rightSource, progress);
            await foreach (OciImageDifference difference in comparer.RunAsync(cancellationToken).ConfigureAwait(false))
            {
                if (request.IncludeEqual || difference.SideIndicator != OciImageDifference.Same)
                    yield return difference;
            }
        }
    }

    private static async Task<List<OciManifest>> FindAsync(
        IContentSource source,
        ImageReference reference,
        CompareImageRequest request,
        CancellationToken cancellationToken)
    {
        var wanted = new GetManifestRequest { Reference = reference, Platforms = request.Platforms, Detailed = true };
        var found = new List<OciManifest>();
        await foreach (OciManifest manifest in GetManifestOperation.FindAsync(source, wanted, cancellationToken)
            .ConfigureAwait(false))
        {
            found.Add(manifest);
        }

        return found;
    }
}
