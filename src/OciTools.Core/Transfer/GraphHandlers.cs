namespace OciTools.Transfer;

/// <summary>The handlers that walks are stacked from.</summary>
public static class GraphHandlers
{
    /// <summary>Reads documents from a source and goes on to all that they name.</summary>
    public static GraphHandler Children(IContentSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return async (node, cancellationToken) =>
        {
            if (!node.IsDocument)
                return [];
            RawDocument document =
                await source.ReadDocumentAsync(node.Descriptor, cancellationToken).ConfigureAwait(false);
            return await Schema1Blobs.FindChildrenAsync(source, document, cancellationToken).ConfigureAwait(false);
        };
    }

    /// <summary>
    /// Goes on only to those children of an index that are for the wanted platforms, and to the attestations about
    /// them.
    /// </summary>
    /// <param name="inner">The handler that names the children.</param>
    /// <param name="selector">The wanted platforms; a miss is an error that lists what is there.</param>
    /// <param name="about">The image, for that error.</param>
    public static GraphHandler FilterPlatforms(this GraphHandler inner, PlatformSelector selector, ImageReference about)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return inner.Wrap((node, children) =>
            node.Parent is null && MediaTypes.IsIndex(node.Descriptor.MediaType)
                ? PlatformSubset.Choose(children, selector, about)
                : children);
    }

    /// <summary>Goes on only to the first children of each index.</summary>
    /// <param name="inner">The handler that names the children.</param>
    /// <param name="count">How many children of an index to keep.</param>
    public static GraphHandler Limit(this GraphHandler inner, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return inner.Wrap((node, children) =>
            MediaTypes.IsIndex(node.Descriptor.MediaType) ? [.. children.Take(count)] : children);
    }

    /// <summary>Leaves out layers that live outside the registry and are fetched from their <c>urls</c>.</summary>
    public static GraphHandler SkipExternalLayers(this GraphHandler inner) =>
        inner.Wrap((_, children) =>
            children.Any(IsExternal) ? [.. children.Where(child => !IsExternal(child))] : children);

    /// <summary>Gives children that were written anew their bytes along, because no source has them.</summary>
    internal static GraphHandler WithAuthored(
        this GraphHandler inner, IReadOnlyDictionary<Digest, RawDocument> authored) =>
        inner.Wrap((_, children) => [.. children.Select(child =>
            authored.TryGetValue(child.Digest, out RawDocument? document)
                ? child with { Data = document.Bytes }
                : child)]);

    /// <summary>Goes on to the manifests that name a document as their subject, after its children.</summary>
    public static GraphHandler WithReferrers(this GraphHandler inner, IContentSource source)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(source);
        return async (node, cancellationToken) =>
        {
            IReadOnlyList<Descriptor> children = await inner(node, cancellationToken).ConfigureAwait(false);
            if (!node.IsDocument)
                return children;

            IReadOnlyList<Descriptor> referrers =
                await source.ListReferrersAsync(node.Descriptor.Digest, cancellationToken).ConfigureAwait(false);
            return [.. children, .. referrers];
        };
    }

    /// <summary>Calls back for each node before its children are named.</summary>
    public static GraphHandler Observe(this GraphHandler inner, Action<GraphNode> visit)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(visit);
        return (node, cancellationToken) =>
        {
            visit(node);
            return inner(node, cancellationToken);
        };
    }

    private static bool IsExternal(Descriptor descriptor) =>
        descriptor.Urls.Count > 0 && MediaTypes.IsExternalLayer(descriptor.MediaType);

    private static GraphHandler Wrap(
        this GraphHandler inner, Func<GraphNode, IReadOnlyList<Descriptor>, IReadOnlyList<Descriptor>> choose)
    {
        ArgumentNullException.ThrowIfNull(inner);
        return async (node, cancellationToken) =>
            choose(node, await inner(node, cancellationToken).ConfigureAwait(false));
    }
}
