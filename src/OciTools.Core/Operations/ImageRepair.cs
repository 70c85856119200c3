using System.Collections.Concurrent;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>Fetches what is missing or broken of an image from another place; all else is not touched.</summary>
internal sealed class ImageRepair(
    IContentSource from, IContentSink sink, BlobChecks blobs, TestImageRequest request, TransferTally tally)
{
    /// <summary>What could not be repaired, and the user has been told of.</summary>
    private readonly ConcurrentDictionary<Digest, bool> _failed = new();

    /// <summary>Repairs an image as far as the other place can, which is asked once for each content.</summary>
    /// <param name="root">The image.</param>
    /// <param name="found">What is the matter with it.</param>
    /// <param name="checkAsync">Tests it again.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>What is the matter with it now, and what was repaired.</returns>
    public async Task<OciTestResult> RunAsync(
        Descriptor root,
        OciTestResult found,
        Func<Task<OciTestResult>> checkAsync,
        CancellationToken cancellationToken)
    {
        var copier = new GraphCopier(
            from,
            sink,
            new GraphCopyOptions
            {
                Handlers = children => Choose(children, found.Reference),
                GoesOn = IsLacking,
                Force = true,
                ThrottleLimit = request.ThrottleLimit,
            },
            tally);
        var asked = new HashSet<Digest>();
        var repaired = new List<OciTestFinding>();
        OciTestResult result = found;
        // A document that was repaired tells of others that are broken.
        while (FindBroken(result).Where(finding => !asked.Contains(finding.Digest)).ToList()
            is { Count: > 0 } broken)
        {
            asked.UnionWith(broken.Select(finding => finding.Digest));
            IReadOnlyList<GraphNode> nodes =
                await LocateAsync(root, broken, cancellationToken).ConfigureAwait(false);
            await SinkCompletion.RunAsync(
                sink,
                async token =>
                {
                    await copier.CopyAsync(nodes, token).ConfigureAwait(false);
                    return true;
                },
                tally,
                cancellationToken).ConfigureAwait(false);
            blobs.ForgetBroken();
            result = await checkAsync().ConfigureAwait(false);
            HashSet<Digest> left = [.. FindBroken(result).Select(finding => finding.Digest)];
            repaired.AddRange(broken.Where(finding => !left.Contains(finding.Digest)));
            foreach (Digest digest in asked.Intersect(left))
                Warn(
                    digest,
                    $"{sink.Location} accepted it and still does not have it right. Its operator may have to restart "
                    + "it, or to remove what it keeps.");
        }

        return result with { Repaired = repaired };
    }

    /// <summary>What another place may have right.</summary>
    public static IEnumerable<OciTestFinding> FindBroken(OciTestResult result) => result.Findings.Where(finding =>
        finding.Kind is OciTestFindingKind.Missing or OciTestFindingKind.Corrupt or OciTestFindingKind.WrongSize);

    /// <summary>The places of the graph that are broken.</summary>
    private async Task<IReadOnlyList<GraphNode>> LocateAsync(
        Descriptor root, IEnumerable<OciTestFinding> broken, CancellationToken cancellationToken)
    {
        var nodes = new List<GraphNode>();
        foreach (Descriptor content in broken.Select(finding => finding.Descriptor).DistinctBy(item => item.Digest))
        {
            if (content.Digest.Equals(root.Digest))
                nodes.Add(GraphNode.Root(root));
            else if (await WithSizeAsync(content, cancellationToken).ConfigureAwait(false) is { } sized)
                nodes.Add(GraphNode.Root(root).Child(sized));
        }

        return nodes;
    }

    /// <summary>The content with its size, which manifests of schema 1 do not tell.</summary>
    private async Task<Descriptor?> WithSizeAsync(Descriptor content, CancellationToken cancellationToken)
    {
        if (content.Size > 0)
            return content;
        long? size = await from.FindBlobSizeAsync(content.Digest, cancellationToken).ConfigureAwait(false);
        if (size is null)
            Warn(content.Digest, $"{from.Location} does not hold it.");
        return size is { } known ? content with { Size = known } : null;
    }

    // A registry takes a document only when it has all parts of it. Otherwise the next test tells which ones are
    // broken.
    private GraphHandler Choose(GraphHandler children, ImageReference image)
    {
        if (!sink.HoldsCompleteGraphs)
            return (_, _) => ValueTask.FromResult<IReadOnlyList<Descriptor>>([]);
        if (request.Platforms.Count > 0)
            children = children.FilterPlatforms(new PlatformSelector(request.Platforms), image);
        return async (node, token) =>
            [.. (await children(node, token).ConfigureAwait(false)).Where(child => !blobs.IsSound(child.Digest))];
    }

    private bool IsLacking(Descriptor content, OciException error)
    {
        if (BlobChecks.KindOf(error) is null)
            return false;
        Warn(content.Digest, error.Message);
        return true;
    }

    private void Warn(Digest digest, string reason)
    {
        if (_failed.TryAdd(digest, true))
            tally.Report(new TransferEvent
            {
                Kind = TransferEventKind.Warned,
                Message = $"{digest} could not be repaired. {reason}",
            });
    }
}
