using System.Runtime.CompilerServices;

namespace OciTools.Operations;

/// <summary>Reads files of an image.</summary>
/// <remarks>
/// Layers are read from the top down, and only as far as is needed: the topmost one that has the file wins, unless a
/// layer above took it away. Symbolic and hard links are followed within the image. A layer that is read is read whole,
/// so that its digest and diffID are verified before its content is handed out; and it is read once for all files, but
/// for those that links lead to.
/// </remarks>
/// <param name="session">Opens the source.</param>
public sealed class GetFileContentOperation(OciSession session)
{
    /// <summary>Reads files into memory, in the order of their paths.</summary>
    /// <param name="request">The image and the files.</param>
    /// <param name="failed">
    /// Hears of a path that leads to no file, or to one that is too large, and the others are read still; null to have
    /// it thrown.
    /// </param>
    /// <param name="progress">Hears of decisions, retries and bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.FileNotFound"/>; <see cref="OciErrorCode.NotSupported"/> for what is no file;
    /// <see cref="OciErrorCode.LimitExceeded"/> for a file over the size limit, or links in a circle;
    /// <see cref="OciErrorCode.ArchiveInvalid"/>, <see cref="OciErrorCode.ContentMismatch"/>; and whatever finding the
    /// image and reading it can meet.
    /// </exception>
    public async IAsyncEnumerable<OciFileContent> RunAsync(
        GetFileContentRequest request,
        Action<OciException>? failed = null,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.MaximumSize, Array.MaxLength);
        IContentSource source = session.OpenSource(request.Reference, request.Options, progress);
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
        OciManifest image = await SingleImage.FindAsync(source, request.Reference, request.Platform, cancellationToken)
            .ConfigureAwait(false);
        IReadOnlyList<OciLayer> steps =
            await GetLayerOperation.DescribeAsync(source, image, progress, cancellationToken).ConfigureAwait(false);
        var layers = new ImageLayers(source, steps, request.Paths, request.MaximumSize, progress);
        var unpacked = new UnpackedImage(source, image, steps, request.MaximumSize, progress);
        foreach (string path in request.Paths)
        {
            OciFileContent content;
            try
            {
                content = await new ImageFile(layers, unpacked, request, path).ReadAsync(cancellationToken)
                    .ConfigureAwait(false);
            }
            catch (OciException exception) when (failed is not null && ConcernsPathAlone(exception))
            {
                failed(exception);
                continue;
            }

            yield return content;
        }
    }

    // What a layer does wrong would come again with every path; such errors are about its descriptor.
    private static bool ConcernsPathAlone(OciException exception) => exception.Target is ImageReference
        && exception.Code is OciErrorCode.FileNotFound or OciErrorCode.NotSupported or OciErrorCode.LimitExceeded;
}
