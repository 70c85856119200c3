using System.Diagnostics;
using System.Runtime.CompilerServices;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>Unpacks an image: applies its layers, in their order, to a directory, a tar or a git history.</summary>
/// <param name="session">Opens the source.</param>
public sealed class ExpandImageOperation(OciSession session)
{
    /// <summary>Unpacks one image.</summary>
    /// <remarks>
    /// <para>
    /// Nothing outside the target is written, linked or changed, whatever the layers say and whatever another process
    /// does to the target meanwhile. Digests and diffIDs are verified.
    /// </para>
    /// <para>
    /// While a directory is written there is a file beside it with its name and <c>.incomplete</c>. It goes away when
    /// the directory is whole, and stays after a failure. A tar file gets its name, and a branch its commits, only when
    /// they are whole.
    /// </para>
    /// </remarks>
    /// <param name="request">What to unpack, and where to.</param>
    /// <param name="progress">Hears of layers, decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ArgumentException">
    /// The destination is missing, a stream is given for something else than a tar, or git takes no branch of the name.
    /// </exception>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.DestinationExists"/>, <see cref="OciErrorCode.ArchiveInvalid"/>,
    /// <see cref="OciErrorCode.ContentMismatch"/>, <see cref="OciErrorCode.LimitExceeded"/>,
    /// <see cref="OciErrorCode.WriteFailed"/>, and whatever finding the image and reading it can meet. The message
    /// names the entry, and says whether the target is partly written.
    /// </exception>
    public async Task<OciExpandResult> RunAsync(
        ExpandImageRequest request,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        Validate(request);
        long started = Stopwatch.GetTimestamp();
        IContentSource source = session.OpenSource(request.Reference, request.Options, progress);
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
        OciManifest manifest = await SingleImage.FindAsync(
            source, request.Reference, request.Platform, cancellationToken).ConfigureAwait(false);
        ImageContent image = await ImageContent.ReadAsync(source, manifest, cancellationToken).ConfigureAwait(false);
        OciExpandResult result = await (request.Form switch
        {
            ExpandForm.Directory => new DirectoryExpander(request, image, source, progress).RunAsync(cancellationToken),
            ExpandForm.Tar => new TarExpander(request, image, source, progress).RunAsync(cancellationToken),
            _ => new GitExpander(request, image, source, progress).RunAsync(cancellationToken),
        }).ConfigureAwait(false);
        return result with
        {
            Platform = image.Config.Platform ?? manifest.Platform,
            Layers = image.Layers.Count,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private static void Validate(ExpandImageRequest request)
    {
        if (request.Output is not null && request.Form != ExpandForm.Tar)
            throw new ArgumentException("Only a tar can go to a stream.", nameof(request));
        if ((request.Output is null) == string.IsNullOrEmpty(request.Destination))
            throw new ArgumentException("Name either a destination or a stream.", nameof(request));
    }
}
