using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>Lists what is in layers, while they are read.</summary>
/// <param name="session">Opens the source.</param>
public sealed class GetLayerItemOperation(OciSession session)
{
    /// <summary>Lists what is in the layers of an image, the lowest layer first, each in its own order.</summary>
    /// <remarks>
    /// Nothing is merged: what a layer above replaces or takes away is listed as well. Whoever stops early reads no
    /// further. Digest and diffID of a layer are verified at its end.
    /// </remarks>
    /// <param name="request">What to list.</param>
    /// <param name="progress">Hears of decisions, retries and bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ArchiveInvalid"/>, <see cref="OciErrorCode.ContentMismatch"/>,
    /// <see cref="OciErrorCode.LimitExceeded"/>, and whatever finding the image and reading it can meet.
    /// </exception>
    public async IAsyncEnumerable<OciLayerItem> RunAsync(
        GetLayerItemRequest request,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        IContentSource source = session.OpenSource(request.Reference, request.Options, progress);
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
        OciManifest image = await SingleImage.FindAsync(source, request.Reference, request.Platform, cancellationToken)
            .ConfigureAwait(false);
        IReadOnlyList<OciLayer> layers =
            await GetLayerOperation.DescribeAsync(source, image, progress, cancellationToken).ConfigureAwait(false);
        foreach (OciLayer layer in layers)
        {
            await foreach (OciLayerItem item in ReadAsync(source, layer, request.Paths, progress, cancellationToken)
                .ConfigureAwait(false))
            {
                yield return item;
            }
        }
    }

    /// <summary>Lists what is in one layer; nothing for a step that made none.</summary>
    /// <param name="layer">The layer, from <see cref="GetLayerOperation"/>.</param>
    /// <param name="paths">Patterns as in <see cref="GetLayerItemRequest.Paths"/>; null for all.</param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of decisions, retries and bytes.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">As for the other overload.</exception>
    public async IAsyncEnumerable<OciLayerItem> RunAsync(
        OciLayer layer,
        IReadOnlyList<string>? paths = null,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(layer);
        IContentSource source = session.OpenSource(layer.Reference, options, progress);
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
        await foreach (OciLayerItem item in ReadAsync(source, layer, paths ?? [], progress, cancellationToken)
            .ConfigureAwait(false))
        {
            yield return item;
        }
    }

    private static async IAsyncEnumerable<OciLayerItem> ReadAsync(
        IContentSource source,
        OciLayer layer,
        IReadOnlyList<string> patterns,
        IProgress<TransferEvent>? progress,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (layer.Descriptor is not { } descriptor)
            yield break;

        LayerReader reader = await LayerReader.OpenAsync(
            source, descriptor, layer.DiffId, progress, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                var item = OciLayerItem.Create(layer.Reference, descriptor.Digest, LayerPath.Parse(entry.Name), entry);
                if (patterns.Count == 0 || patterns.Any(pattern => Matches(pattern, item.Path)))
                    yield return item;
            }
        }
    }

    private static bool Matches(string pattern, string path) =>
        FileSystemName.MatchesSimpleExpression(pattern.TrimStart('/'), path, ignoreCase: false);
}
