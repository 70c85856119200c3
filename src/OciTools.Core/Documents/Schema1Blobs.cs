using OciTools.RootFs;

namespace OciTools;

/// <summary>Finds out what a manifest of schema 1 does not say of its blobs, from where they are.</summary>
internal static class Schema1Blobs
{
    private const int ThrottleLimit = 8;

    // A tar without entries is 1 KiB of zeros, or fewer bytes when it is packed.
    private const long LargestEmptyLayer = 1024;

    /// <summary>Docker's layer for steps that change no file: a tar without entries, packed by Go's gzip.</summary>
    private static readonly Digest s_emptyLayer =
        Digest.Parse("sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4");

    /// <summary>What a document is made from: its children, or the blobs of a manifest of schema 1.</summary>
    public static async ValueTask<IReadOnlyList<Descriptor>> FindChildrenAsync(
        IContentSource source, RawDocument document, CancellationToken cancellationToken) =>
        document.Schema1 is { } manifest
            ? await FindAsync(source, [.. manifest.Blobs], cancellationToken).ConfigureAwait(false)
            : document.Children;

    /// <summary>
    /// The layers of an image, the lowest first, as often as they occur. Steps that changed no file have none: those
    /// that say so, those with Docker's empty layer, and those whose layer turns out to be a tar without entries.
    /// </summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.BlobNotFound"/>, and whatever reading a layer can meet.
    /// </exception>
    public static async Task<IReadOnlyList<Descriptor>> FindLayersAsync(
        IContentSource source, Schema1Manifest manifest, CancellationToken cancellationToken)
    {
        List<Digest> named = [.. manifest.Steps
            .Where(step => !step.History.EmptyLayer && !step.Blob.Equals(s_emptyLayer)).Select(step => step.Blob)];
        var found = new Dictionary<Digest, Descriptor>();
        foreach (Descriptor blob in await FindAsync(source, [.. named.Distinct()], cancellationToken)
            .ConfigureAwait(false))
        {
            bool isEmpty = blob.Size <= LargestEmptyLayer
                && await IsEmptyAsync(source, blob, cancellationToken).ConfigureAwait(false);
            if (!isEmpty)
                found.Add(blob.Digest, blob);
        }

        return [.. named.Where(found.ContainsKey).Select(digest => found[digest])];
    }

    private static async Task<Descriptor[]> FindAsync(
        IContentSource source, IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        var found = new Descriptor[digests.Count];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = ThrottleLimit,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForAsync(0, digests.Count, options, async (i, token) => found[i] = new Descriptor
        {
            // Schema 1 names no types; layers of its time are packed with gzip, and readers look for themselves.
            MediaType = MediaTypes.DockerLayerGzip,
            Digest = digests[i],
            Size = await source.FindBlobSizeAsync(digests[i], token).ConfigureAwait(false)
                ?? throw Missing(source, digests[i]),
        }).ConfigureAwait(false);
        return found;
    }

    private static async Task<bool> IsEmptyAsync(
        IContentSource source, Descriptor layer, CancellationToken cancellationToken)
    {
        LayerReader reader =
            await LayerReader.OpenAsync(source, layer, null, null, cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
            return await reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is null;
    }

    private static OciException Missing(IContentSource source, Digest digest) => new(
        OciErrorCode.BlobNotFound,
        $"{source.Location} does not hold the blob {digest}. The image is incomplete there; push or save it again.",
        digest);
}
