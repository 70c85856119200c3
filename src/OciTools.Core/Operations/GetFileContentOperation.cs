namespace OciTools.Operations;

/// <summary>Reads one file of an image.</summary>
/// <remarks>
/// Layers are read from the top down, and only as far as is needed: the topmost one that has the file wins, unless a
/// layer above took it away. Symbolic and hard links are followed within the image. A layer that is read is read whole,
/// so that its digest and diffID are verified before its content is handed out.
/// </remarks>
/// <param name="session">Opens the source.</param>
public sealed class GetFileContentOperation(OciSession session)
{
    /// <summary>Reads a file into memory.</summary>
    /// <param name="request">The image and the file.</param>
    /// <param name="progress">Hears of decisions, retries and bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.FileNotFound"/>; <see cref="OciErrorCode.NotSupported"/> for what is no file;
    /// <see cref="OciErrorCode.LimitExceeded"/> for a file over the size limit, or links in a circle;
    /// <see cref="OciErrorCode.ArchiveInvalid"/>, <see cref="OciErrorCode.ContentMismatch"/>; and whatever finding the
    /// image and reading it can meet.
    /// </exception>
    public async Task<OciFileContent> RunAsync(
        GetFileContentRequest request,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.MaximumSize, Array.MaxLength);
        using var content = new MemoryStream();
        OciLayerItem item = await CopyToAsync(request, content, progress, cancellationToken).ConfigureAwait(false);
        return new OciFileContent
        {
            Reference = item.Reference,
            Path = request.Path,
            Item = item,
            Bytes = content.ToArray(),
        };
    }

    /// <summary>Copies a file to a stream. What the stream gets is good only if the call succeeds.</summary>
    /// <param name="request">The image and the file.</param>
    /// <param name="destination">
    /// Where the content goes; it can seek, because a layer may have the same file twice, of which the last counts.
    /// </param>
    /// <param name="progress">Hears of decisions, retries and bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The file that the path led to.</returns>
    /// <exception cref="OciException">As for <see cref="RunAsync"/>.</exception>
    public async Task<OciLayerItem> CopyToAsync(
        GetFileContentRequest request,
        Stream destination,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(destination);
        if (!destination.CanSeek)
            throw new ArgumentException("The destination cannot seek.", nameof(destination));

        OciManifest image = await SingleImage.FindAsync(
            session, request.Reference, request.Platform, request.Options, progress, cancellationToken)
            .ConfigureAwait(false);
        IContentSource source = session.OpenSource(request.Reference, request.Options, progress);
        IReadOnlyList<OciLayer> layers =
            await GetLayerOperation.DescribeAsync(source, image, progress, cancellationToken).ConfigureAwait(false);
        var file = new ImageFile(source, layers, request, destination, progress);
        return await file.CopyAsync(cancellationToken).ConfigureAwait(false);
    }
}
