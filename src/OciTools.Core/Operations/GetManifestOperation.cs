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
    /// <see cref="OciErrorCode.ManifestNotFound"/>, <see cref="OciErrorCode.PlatformNotFound"/>, and whatever reaching
    /// the source can meet.
    /// </exception>
    public async IAsyncEnumerable<OciManifest> RunAsync(
        GetManifestRequest request,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        IContentSource source = session.OpenSource(request.Reference, request.Options, progress);
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
        await foreach (OciManifest manifest in FindAsync(source, request, cancellationToken).ConfigureAwait(false))
            yield return manifest;
    }

    /// <summary>Finds the manifests of an image in a source that is open.</summary>
    /// <inheritdoc cref="RunAsync"/>
    internal static async IAsyncEnumerable<OciManifest> FindAsync(
        IContentSource source,
        GetManifestRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
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
                yield return Describe(request.Reference, entry, root.Digest);
            yield break;
        }

        IAsyncEnumerable<OciManifest> detailed = OrderedParallel.SelectAsync(
            entries,
            ThrottleLimit,
            async (entry, token) =>
            {
                RawDocument document = await source.ReadDocumentAsync(entry, token).ConfigureAwait(false);
                return await DescribeAsync(source, Describe(request.Reference, entry, root.Digest), document, token)
                    .ConfigureAwait(false);
            },
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
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
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
        OciManifest found = Describe(request.Reference, document.ToDescriptor() with { Platform = platform }, null);
        return await DescribeAsync(source, found, document, cancellationToken).ConfigureAwait(false);
    }

    private static OciManifest Describe(ImageReference reference, Descriptor entry, Digest? indexDigest) => new()
    {
        Reference = reference.WithDigest(entry.Digest),
        Platform = entry.Platform,
        ArtifactType = entry.ArtifactType,
        Annotations = entry.Annotations,
        Descriptor = entry,
        IndexDigest = indexDigest,
    };

    /// <summary>Adds what the manifest itself says.</summary>
    private static async Task<OciManifest> DescribeAsync(
        IContentSource source, OciManifest found, RawDocument document, CancellationToken cancellationToken)
    {
        if (document.Schema1 is { } schema1)
        {
            IReadOnlyList<Descriptor> layers =
                await Schema1Blobs.FindLayersAsync(source, schema1, cancellationToken).ConfigureAwait(false);
            return found with
            {
                Platform = found.Platform ?? schema1.Config.Platform,
                Layers = layers,
                Size = document.Size + layers.Sum(layer => layer.Size),
                Document = document,
            };
        }

        ImageManifest? manifest = document.Manifest;
        return found with
        {
            ArtifactType = manifest?.ArtifactType ?? found.ArtifactType,
            Annotations = Merge(found.Annotations, manifest?.Annotations),
            Config = manifest?.Config,
            Layers = manifest?.Layers,
            Subject = document.Subject,
            Size = manifest is null
                ? null
                : found.Descriptor.Size + manifest.Config.Size + manifest.Layers.Sum(layer => layer.Size),
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
