using System.Runtime.CompilerServices;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>Finds an image and tells what it consists of.</summary>
/// <param name="session">Opens the source.</param>
public sealed class GetManifestOperation(OciSession session)
{
    private const int ThrottleLimit = 8;

    /// <summary>Finds the manifests of an image: one for each platform, in the order of its index.</summary>
    /// <param name="request">What to find.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestNotFound"/>, <see cref="OciErrorCode.PlatformNotFound"/>, and whatever reaching the
    /// source can meet.
    /// </exception>
    public async IAsyncEnumerable<OciManifest> RunAsync(
        GetManifestRequest request,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        IContentSource source = session.OpenSource(request.Reference, request.Options, progress);
        RawDocument root = await source.ResolveAsync(request.Reference, cancellationToken).ConfigureAwait(false);
        if (root.Index is null)
        {
            yield return await DescribeSingleAsync(source, root, request, cancellationToken).ConfigureAwait(false);
            yield break;
        }

        IReadOnlyList<Descriptor> entries = Choose(root.Index.Manifests, request);
        if (!request.Detailed)
        {
            foreach (Descriptor entry in entries)
                yield return Describe(request.Reference, entry, root.Digest, document: null);
            yield break;
        }

        IAsyncEnumerable<OciManifest> detailed = OrderedParallel.SelectAsync(
            entries,
            ThrottleLimit,
            async (entry, token) => Describe(
                request.Reference,
                entry,
                root.Digest,
                await source.ReadDocumentAsync(entry, token).ConfigureAwait(false)),
            cancellationToken);
        await foreach (OciManifest manifest in detailed.ConfigureAwait(false))
            yield return manifest;
    }

    /// <summary>Reads the index of a multi-platform image.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException"><see cref="OciErrorCode.NotSupported"/> when the image has no index.</exception>
    public async Task<OciIndex> GetIndexAsync(
        ImageReference reference,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        IContentSource source = session.OpenSource(reference, options, progress);
        RawDocument document = await source.ResolveAsync(reference, cancellationToken).ConfigureAwait(false);
        ImageIndex index = document.Index ?? throw new OciException(
            OciErrorCode.NotSupported,
            $"{reference} is a single manifest, not an index. Ask for it without -Index.",
            reference);
        return new OciIndex
        {
            Reference = reference.WithDigest(document.Digest),
            ArtifactType = index.ArtifactType,
            Annotations = index.Annotations,
            Manifests = index.Manifests,
            Subject = index.Subject,
            Document = document,
        };
    }

    private static IReadOnlyList<Descriptor> Choose(IReadOnlyList<Descriptor> entries, GetManifestRequest request)
    {
        IReadOnlyList<Descriptor> chosen = request.Platforms.Count == 0
            ? entries
            : PlatformSubset.Choose(entries, new PlatformSelector(request.Platforms), request.Reference);
        return request.IncludeAttestation ? chosen : [.. chosen.Where(entry => !entry.IsAttestation)];
    }

    private static async Task<OciManifest> DescribeSingleAsync(
        IContentSource source, RawDocument document, GetManifestRequest request, CancellationToken cancellationToken)
    {
        Platform? platform =
            await ManifestPlatform.ReadAsync(source, document, cancellationToken).ConfigureAwait(false);
        if (request.Platforms.Count > 0)
            ManifestPlatform.Require(platform, request.Platforms, request.Reference);
        return Describe(request.Reference, document.ToDescriptor() with { Platform = platform }, null, document);
    }

    private static OciManifest Describe(
        ImageReference reference, Descriptor entry, Digest? indexDigest, RawDocument? document)
    {
        ImageManifest? manifest = document?.Manifest;
        return new OciManifest
        {
            Reference = reference.WithDigest(entry.Digest),
            Platform = entry.Platform,
            ArtifactType = manifest?.ArtifactType ?? entry.ArtifactType,
            Annotations = Merge(entry.Annotations, manifest?.Annotations),
            Descriptor = entry,
            IndexDigest = indexDigest,
            Config = manifest?.Config,
            Layers = manifest?.Layers,
            Subject = document?.Subject,
            Size =
                manifest is null ? null : entry.Size + manifest.Config.Size + manifest.Layers.Sum(layer => layer.Size),
            Document = document,
        };
    }

    private static IReadOnlyDictionary<string, string> Merge(
        IReadOnlyDictionary<string, string> entry, IReadOnlyDictionary<string, string>? manifest)
    {
        if (manifest is null || manifest.Count == 0)
            return entry;
        var merged = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string key, string value) in entry.Concat(manifest))
            merged[key] = value;
        return merged;
    }
}
