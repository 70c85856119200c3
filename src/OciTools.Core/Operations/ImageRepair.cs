using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>Fetches what is missing or broken of images from another place; all else is not touched.</summary>
internal sealed class ImageRepair(
    IContentSource from, IContentSink sink, BlobChecks blobs, TestImageRequest request, TransferTally tally)
{
    /// <summary>Repairs one image as far as the other place can.</summary>
    /// <param name="root">The image.</param>
    /// <param name="found">What is the matter with it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task RunAsync(Descriptor root, OciTestResult found, CancellationToken cancellationToken)
    {
        HashSet<Digest> left =
        [
            .. found.Findings
                .Where(finding => finding.Kind is OciTestFindingKind.Sparse or OciTestFindingKind.External)
                .Select(finding => finding.Digest),
        ];
        var options = new GraphCopyOptions
        {
            Handlers = children => Choose(children, found.Reference, left),
            Force = true,
            ThrottleLimit = request.ThrottleLimit,
            Progress = tally,
        };
        while (await FindUnavailableAsync().ConfigureAwait(false) is { } unavailable)
        {
            tally.Report(new TransferEvent
            {
                Kind = TransferEventKind.Warned,
                Message = $"{from.Location} cannot repair {unavailable}: it does not hold it, or not whole.",
            });
            // Only the image itself tells what else is to be fetched.
            if (unavailable.Equals(root.Digest))
                return;
            left.Add(unavailable);
        }

        async Task<Digest?> FindUnavailableAsync()
        {
            try
            {
                await SinkCompletion.RunAsync(
                    sink,
                    async token =>
                    {
                        await new GraphCopier(from, sink, options, tally)
                            .CopyAsync(root, tag: null, cancellationToken: token).ConfigureAwait(false);
                        return true;
                    },
                    tally,
                    cancellationToken).ConfigureAwait(false);
                return null;
            }
            catch (OciException error) when (error.Target is Descriptor about
                && BlobChecks.KindOf(error) is not null && !left.Contains(about.Digest))
            {
                return about.Digest;
            }
        }
    }

    private GraphHandler Choose(GraphHandler children, ImageReference image, HashSet<Digest> left)
    {
        if (request.Platforms.Count > 0)
            children = children.FilterPlatforms(new PlatformSelector(request.Platforms), image);
        return async (node, token) =>
        [
            .. (await children(node, token).ConfigureAwait(false))
                .Where(child => !left.Contains(child.Digest) && !blobs.IsSound(child.Digest)),
        ];
    }
}
