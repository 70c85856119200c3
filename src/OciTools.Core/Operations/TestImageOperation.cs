using System.Diagnostics;
using System.Runtime.CompilerServices;
using OciTools.Archives;
using OciTools.Layout;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>
/// Tests images where they are: digests and sizes of all documents and blobs, diffIDs of layers, platforms and numbers
/// of layers against configs. It can fetch what is missing or broken from another place.
/// </summary>
/// <param name="session">Opens the places.</param>
public sealed class TestImageOperation(OciSession session)
{
    /// <summary>Tests an image, or all that is in a layout or archive.</summary>
    /// <param name="request">What to test.</param>
    /// <param name="progress">Hears of blobs, decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>
    /// One result for each image; for a layout that was asked for without a name, one for the layout itself as well
    /// when it holds blobs that nothing refers to.
    /// </returns>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestNotFound"/>: there is no such image.
    /// <see cref="OciErrorCode.NotSupported"/>: an archive cannot be repaired.
    /// <see cref="OciErrorCode.PlatformNotFound"/>, and whatever reaching a place can meet.
    /// </exception>
    public async IAsyncEnumerable<OciTestResult> RunAsync(
        TestImageRequest request,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ImageReference reference = request.Reference;
        if (request.RepairFrom is not null
            && reference.Transport is not (TransportKind.Registry or TransportKind.Layout))
            throw new OciException(
                OciErrorCode.NotSupported,
                $"'{reference.Path}' is an archive, and archives cannot be repaired. Export the images again.",
                reference);

        IContentSource source = session.OpenFresh(reference, request.Options, progress);
        await using (source.AsDisposable().ConfigureAwait(false))
        {
            using var blobs = new BlobChecks(source, request.ThrottleLimit, progress);
            IReadOnlyList<Descriptor> roots =
                await FindRootsAsync(source, reference, cancellationToken).ConfigureAwait(false);
            OciException? miss = null;
            bool isAnyTested = false;
            foreach (Descriptor root in roots)
            {
                OciTestResult result;
                try
                {
                    result = await TestAsync(source, blobs, root, request, progress, cancellationToken)
                        .ConfigureAwait(false);
                }
                catch (OciException error) when (error.Code == OciErrorCode.PlatformNotFound && roots.Count > 1)
                {
                    // Of several images, those that are for other platforms are not asked for.
                    progress?.Report(new TransferEvent { Kind = TransferEventKind.Decided, Message = error.Message });
                    miss = error;
                    continue;
                }

                isAnyTested = true;
                yield return result;
            }

            if (miss is not null && !isAnyTested)
                throw miss;
        }

        if (reference is { Transport: TransportKind.Layout, Tag: null, Digest: null }
            && await FindOrphansAsync(reference, cancellationToken).ConfigureAwait(false) is { } layout)
            yield return layout;
    }

    /// <summary>
    /// What a reference stands for. The platforms of an image that a layout lists one by one are images of their own
    /// here.
    /// </summary>
    private static async Task<IReadOnlyList<Descriptor>> FindRootsAsync(
        IContentSource source, ImageReference reference, CancellationToken cancellationToken)
    {
        LayoutIndex? index = source switch
        {
            LayoutStore layout => layout.Index,
            ArchiveSource archive => await archive.ReadIndexAsync(cancellationToken).ConfigureAwait(false),
            _ => null,
        };
        if (index is null)
            return [(await source.ResolveAsync(reference, cancellationToken).ConfigureAwait(false)).ToDescriptor()];
        if (reference.Tag is null && reference.Digest is null)
            return index.Entries;
        Descriptor found = await source.FindAsync(reference, cancellationToken).ConfigureAwait(false)
            ?? throw MissingImage.In(index, reference.Path!, reference);
        return index.Composed(found.Digest)?.Children ?? [found];
    }

    private async Task<OciTestResult> TestAsync(
        IContentSource source,
        BlobChecks blobs,
        Descriptor root,
        TestImageRequest request,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        ImageReference image = request.Reference.Tag is null && IndexEntry.NameOf(root) is { } name
            ? source.Location.WithTag(name).WithDigest(root.Digest)
            : request.Reference.WithDigest(root.Digest);
        OciTestResult result = await CheckAsync().ConfigureAwait(false);
        if (request.RepairFrom is { } place && ImageRepair.FindBroken(result).Any())
            result = await RepairAsync(place).ConfigureAwait(false);
        return result with { Duration = Stopwatch.GetElapsedTime(started) };

        Task<OciTestResult> CheckAsync() =>
            new ImageCheck(source, blobs, image, request.Platforms).RunAsync(root, cancellationToken);

        async Task<OciTestResult> RepairAsync(ImageReference place)
        {
            var tally = new TransferTally(progress);
            IContentSource from = session.OpenSource(place, request.Options, tally);
            await using (from.AsDisposable().ConfigureAwait(false))
            {
                IContentSink sink = session.OpenSink(request.Reference, request.Options, tally);
                await using (sink.ConfigureAwait(false))
                    return await new ImageRepair(from, sink, blobs, request, tally)
                        .RunAsync(root, result, CheckAsync, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The blobs of a layout that nothing refers to; null when there are none.</summary>
    private static async Task<OciTestResult?> FindOrphansAsync(
        ImageReference layout, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        var paths = new LayoutPaths(layout.Path!);
        var reachable = new ReachableBlobs(paths);
        var findings = new List<OciTestFinding>();
        try
        {
            await reachable.AddAsync(LayoutFiles.ReadIndex(paths), cancellationToken).ConfigureAwait(false);
            foreach ((Digest digest, FileInfo file) in LayoutFiles.EnumerateBlobs(paths))
            {
                if (!reachable.Contains(digest))
                    Add(digest, file.Length);
            }
        }
        catch (OciException error) when (error.Code
            is OciErrorCode.ContentMismatch or OciErrorCode.ManifestInvalid or OciErrorCode.LimitExceeded)
        {
            // The image with the damaged document has a finding of its own.
            return null;
        }

        return findings.Count == 0 ? null : new OciTestResult
        {
            Reference = layout,
            Findings = findings,
            ItemsChecked = findings.Count,
            Duration = Stopwatch.GetElapsedTime(started),
        };

        void Add(Digest digest, long size) => findings.Add(new OciTestFinding
        {
            Kind = OciTestFindingKind.Orphaned,
            Reference = layout,
            Descriptor = new Descriptor { MediaType = "application/octet-stream", Digest = digest, Size = size },
            Message = $"Nothing in the layout refers to {digest}.",
        });
    }
}
