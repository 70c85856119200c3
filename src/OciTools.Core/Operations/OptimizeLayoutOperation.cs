using System.Diagnostics;
using OciTools.Layout;

namespace OciTools.Operations;

/// <summary>Removes from a layout what nothing refers to, while others may write to it.</summary>
public sealed class OptimizeLayoutOperation
{
    /// <summary>Tidies one layout up.</summary>
    /// <remarks>
    /// <para>
    /// A blob stays when <c>index.json</c> leads to it: over indexes, manifests, subjects, and over every text in a
    /// document that has the form of a digest, whatever type the document has. All else under a valid digest goes, when
    /// it is old enough, and so do old temporary files of interrupted writers. Files under other names are left alone.
    /// </para>
    /// <para>
    /// Writers of this library may save into the layout meanwhile. Under the layout's lock, before they name an image,
    /// they look whether all its parts are there, and copy again what is not; while they do, no blob is removed.
    /// </para>
    /// </remarks>
    /// <param name="request">The layout.</param>
    /// <param name="progress">Hears what is removed.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>What was removed and what stays.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The minimum age is negative.</exception>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.LayoutNotFound"/>; <see cref="OciErrorCode.LayoutLocked"/>.
    /// Nothing has been removed when a document is damaged or cannot be understood
    /// (<see cref="OciErrorCode.ContentMismatch"/>, <see cref="OciErrorCode.ManifestInvalid"/>,
    /// <see cref="OciErrorCode.LayoutInvalid"/>), when an image that <c>index.json</c> lists is not there
    /// (<see cref="OciErrorCode.ManifestNotFound"/>), when the blobs are elsewhere behind a link
    /// (<see cref="OciErrorCode.LayoutInvalid"/>), or when the file system has no locks
    /// (<see cref="OciErrorCode.NotSupported"/>).
    /// </exception>
    public async Task<OciOptimizeResult> RunAsync(
        OptimizeLayoutRequest request,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(
            request.MinimumAge.GetValueOrDefault(), TimeSpan.Zero, nameof(request));
        long started = Stopwatch.GetTimestamp();
        LayoutStore.CheckExists(request.Path);
        OciOptimizeResult result = await new LayoutSweep(request, progress)
            .RunAsync(cancellationToken).ConfigureAwait(false);
        return result with { Duration = Stopwatch.GetElapsedTime(started) };
    }
}
