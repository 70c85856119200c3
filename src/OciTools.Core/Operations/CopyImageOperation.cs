using System.Diagnostics;
using OciTools.Archives;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>
/// Copies an image from anywhere to anywhere: saving, pushing and mirroring are this, with other ends.
/// </summary>
/// <param name="session">Opens source and destination.</param>
public sealed class CopyImageOperation(OciSession session)
{
    /// <summary>Copies one image.</summary>
    /// <param name="request">What to copy, where to, and how.</param>
    /// <param name="progress">Hears of everything that happens.</param>
    /// <param name="cancellationToken">Stops the copy; it returns when all transfers have ended.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ArgumentException">
    /// Several platforms without an index mode, or an index mode without platforms.
    /// </exception>
    /// <exception cref="OciException">
    /// The first failure; nothing that looks whole is left at the destination.
    /// </exception>
    public async Task<OciTransferResult> RunAsync(
        CopyImageRequest request,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Validate(request);
        long started = Stopwatch.GetTimestamp();
        var tally = new TransferTally(progress);
        var archive = new ArchiveOptions { Force = request.Force, ThrottleLimit = request.ThrottleLimit };
        IContentSource source = session.OpenSource(request.Source, request.SourceOptions, tally);
        await using (source.AsDisposable().ConfigureAwait(false))
        {
            ImageReference destination = await NameAsync(request, source, cancellationToken).ConfigureAwait(false);
            IContentSink sink = session.OpenSink(destination, request.DestinationOptions, tally, archive);
            await using (sink.ConfigureAwait(false))
            {
                OciTransferResult result = await SinkCompletion.RunAsync(
                    sink,
                    new CopyImageRun(request, destination, source, sink, tally).RunAsync,
                    tally,
                    cancellationToken).ConfigureAwait(false);
                return tally.ApplyTo(result) with { Duration = Stopwatch.GetElapsedTime(started) };
            }
        }
    }

    internal static void Validate(CopyImageRequest request)
    {
        if (request.Platforms.Count > 1 && request.IndexMode is null)
            throw new ArgumentException(
                "Several platforms need an index. Say what becomes of it with IndexMode: Preserve, Sparse or Rewrite.",
                nameof(request));
        if (request.Platforms.Count == 0 && request.IndexMode is IndexMode.Sparse or IndexMode.Rewrite)
            throw new ArgumentException(
                $"IndexMode {request.IndexMode} chooses among platforms. Name the platforms to keep.", nameof(request));
    }

    /// <summary>The destination with the tag that the image has at its source, unless the request says one.</summary>
    internal static async Task<ImageReference> NameAsync(
        CopyImageRequest request, IContentSource source, CancellationToken cancellationToken)
    {
        ImageReference destination = request.Destination;
        if (destination.Digest is not null || (destination.Tag is not null && !destination.IsTagImplied))
            return destination;

        string? tag = request.Source.Tag
            ?? await FindOnlyTagAsync(request.Source, source, cancellationToken).ConfigureAwait(false);
        return tag is null ? destination : destination.WithNameOf(tag);
    }

    /// <summary>The tag of the only image in a layout, which needs no tag to be found.</summary>
    private static async Task<string?> FindOnlyTagAsync(
        ImageReference reference, IContentSource source, CancellationToken cancellationToken)
    {
        if (reference.Transport == TransportKind.Registry || reference.Digest is not null)
            return null;

        string? only = null;
        await foreach (string tag in source.ListTagsAsync(cancellationToken).ConfigureAwait(false))
        {
            if (only is not null)
                return null;
            only = tag;
        }

        return only;
    }
}
