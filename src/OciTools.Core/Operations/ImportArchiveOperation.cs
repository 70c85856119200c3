using System.Diagnostics;
using OciTools.Archives;
using OciTools.Layout;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>Copies the images of an archive to a registry or layout.</summary>
/// <param name="session">Opens the destination.</param>
public sealed class ImportArchiveOperation(OciSession session)
{
    /// <summary>Imports images.</summary>
    /// <param name="request">What to import, where to, and how.</param>
    /// <param name="progress">Hears of everything that happens.</param>
    /// <param name="cancellationToken">Stops the import; it returns when all transfers have ended.</param>
    /// <returns>What was done for each image, in the order of the archive or of the names.</returns>
    /// <exception cref="ArgumentException">
    /// Several platforms without an index mode, or an index mode without platforms.
    /// </exception>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestNotFound"/>: the archive has no such image, or none.
    /// <see cref="OciErrorCode.DestinationExists"/>: several images would get one name. And whatever reading the
    /// archive and writing to the destination can meet.
    /// </exception>
    public async Task<IReadOnlyList<OciTransferResult>> RunAsync(
        ImportArchiveRequest request,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        long started = Stopwatch.GetTimestamp();
        var source = ArchiveSource.Open(request.Path);
        await using (source.ConfigureAwait(false))
        {
            LayoutIndex index = await source.ReadIndexAsync(cancellationToken).ConfigureAwait(false);
            List<CopyImageRequest> copies = [.. FindImages(request, source.Location, index)
                .Select(image => CopyOf(request, image, index))];
            CheckNames(request, copies);
            copies.ForEach(CopyImageOperation.Validate);
            IContentSink sink = session.OpenSink(
                request.Destination,
                request.DestinationOptions,
                progress,
                new ArchiveOptions { Force = request.Force });
            await using (sink.ConfigureAwait(false))
            {
                IReadOnlyList<OciTransferResult> results = await SinkCompletion.RunAsync(
                    sink, token => CopyAllAsync(copies, source, sink, progress, token), progress, cancellationToken)
                    .ConfigureAwait(false);
                TimeSpan duration = Stopwatch.GetElapsedTime(started);
                return [.. results.Select(result => result with { Duration = duration })];
            }
        }
    }

    private static async Task<IReadOnlyList<OciTransferResult>> CopyAllAsync(
        IReadOnlyList<CopyImageRequest> copies,
        IContentSource source,
        IContentSink sink,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        var results = new List<OciTransferResult>(copies.Count);
        foreach (CopyImageRequest copy in copies)
        {
            var tally = new TransferTally(progress);
            OciTransferResult result = await new CopyImageRun(copy, copy.Destination, source, sink, tally)
                .RunAsync(cancellationToken).ConfigureAwait(false);
            results.Add(tally.ApplyTo(result));
        }

        return results;
    }

    /// <summary>The images by name, then those without: signatures, for instance.</summary>
    private static IReadOnlyList<ImageReference> FindImages(
        ImportArchiveRequest request, ImageReference archive, LayoutIndex index)
    {
        if (request.Names.Count > 0)
            return [.. request.Names.Select(name => Digest.TryParse(name, out Digest? digest)
                ? archive.WithDigest(digest)
                : archive.WithTag(name))];
        if (index.Entries.Count == 0)
            throw MissingImage.In(index, request.Path, archive);
        return
        [
            .. index.Names.Select(archive.WithTag),
            .. index.Entries.Where(entry => IndexEntry.NameOf(entry) is null)
                .Select(entry => archive.WithDigest(entry.Digest)),
        ];
    }

    private static CopyImageRequest CopyOf(ImportArchiveRequest request, ImageReference image, LayoutIndex index)
    {
        ImageReference destination = request.Destination;
        bool isNamed = destination.Digest is not null || (destination.Tag is not null && !destination.IsTagImplied);
        // What has no name beside images that have one, such as a signature, stays without.
        if (image.Tag is null && request.Names.Count == 0 && index.Names.Count > 0)
            destination = destination.WithoutName();
        else if (image.Tag is { } name && !isNamed)
            destination = destination.WithoutName().WithNameOf(name);
        return new CopyImageRequest
        {
            Source = image,
            Destination = destination,
            Platforms = request.Platforms,
            IndexMode = request.IndexMode,
            Force = request.Force,
            ThrottleLimit = request.ThrottleLimit,
            DestinationOptions = request.DestinationOptions,
        };
    }

    private static void CheckNames(ImportArchiveRequest request, IReadOnlyList<CopyImageRequest> copies)
    {
        if (copies.Where(copy => copy.Destination.Tag is not null)
            .GroupBy(copy => copy.Destination).FirstOrDefault(group => group.Count() > 1) is not { } several)
            return;
        IEnumerable<string> names = several.Select(
            copy => DisplayText.Sanitize(copy.Source.Tag ?? $"{copy.Source.Digest}"));
        throw new OciException(
            OciErrorCode.DestinationExists,
            $"Several images of '{request.Path}' would become {several.Key}: {string.Join(", ", names)}. "
            + "Import them one by one, by name.",
            several.Key);
    }
}
