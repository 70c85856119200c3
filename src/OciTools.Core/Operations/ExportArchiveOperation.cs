using System.Diagnostics;
using OciTools.Archives;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>Writes images into one archive, a tar that other tools and <c>docker load</c> read.</summary>
/// <param name="session">Opens the sources.</param>
public sealed class ExportArchiveOperation(OciSession session)
{
    /// <summary>Exports images.</summary>
    /// <param name="request">What to export, where to, and how.</param>
    /// <param name="progress">Hears of everything that happens.</param>
    /// <param name="cancellationToken">Stops the export; it returns when all transfers have ended.</param>
    /// <returns>What was done for each image, in the order of the request.</returns>
    /// <exception cref="ArgumentException">
    /// No images; several platforms without an index mode, or an index mode without platforms.
    /// </exception>
    /// <exception cref="OciException">The first failure; no file is left.</exception>
    public async Task<IReadOnlyList<OciTransferResult>> RunAsync(
        ExportArchiveRequest request,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Images.Count == 0)
            throw new ArgumentException("An archive needs at least one image.", nameof(request));
        TransportKind kind =
            request.Format == ArchiveFormat.Docker ? TransportKind.DockerArchive : TransportKind.OciArchive;
        var archive = ImageReference.ForPath(kind, request.Path, null, null);
        List<CopyImageRequest> copies = [.. request.Images.Select(image => CopyOf(request, image, archive))];
        CopyImageOperation.Validate(copies[0]);

        long started = Stopwatch.GetTimestamp();
        var sink = ArchiveSink.Create(request.Path, OptionsOf(request), progress);
        var sources = new Stack<IAsyncDisposable>();
        await using (sink.ConfigureAwait(false))
        {
            try
            {
                var results = new List<OciTransferResult>(copies.Count);
                foreach (CopyImageRequest copy in copies)
                {
                    var tally = new TransferTally(progress);
                    IContentSource source = session.OpenSource(copy.Source, copy.SourceOptions, tally);
                    sources.Push(source.AsDisposable());
                    ImageReference destination = await CopyImageOperation
                        .NameAsync(copy, source, cancellationToken).ConfigureAwait(false);
                    OciTransferResult result = await new CopyImageRun(copy, destination, source, sink, tally)
                        .RunAsync(cancellationToken).ConfigureAwait(false);
                    results.Add(tally.ApplyTo(result));
                }

                await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
                TimeSpan duration = Stopwatch.GetElapsedTime(started);
                return [.. results.Select(result => result with { Duration = duration })];
            }
            finally
            {
                // The archive takes the blobs at the end, so the sources live until then.
                while (sources.TryPop(out IAsyncDisposable? source))
                    await source.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static ArchiveOptions OptionsOf(ExportArchiveRequest request) => new()
    {
        Format = request.Format,
        LoadPlatform = request.LoadPlatform,
        Force = request.Force,
        ThrottleLimit = request.ThrottleLimit,
    };

    private static CopyImageRequest CopyOf(
        ExportArchiveRequest request, ArchiveImage image, ImageReference archive) => new()
    {
        Source = image.Reference,
        Descriptor = image.Descriptor,
        Destination = image.Name is null ? archive : archive.WithTag(image.Name),
        Platforms = request.Platforms,
        IndexMode = request.IndexMode,
        IncludeExternalLayer = request.IncludeExternalLayer,
        IncludeReferrers = request.IncludeReferrers,
        IncludeDigestTag = request.IncludeDigestTag,
        ConvertSchema1 = request.ConvertSchema1,
        ThrottleLimit = request.ThrottleLimit,
        SourceOptions = request.SourceOptions,
    };
}
