using System.Collections.Concurrent;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>Tests one image: everything that its graph leads to.</summary>
/// <param name="source">Where it is.</param>
/// <param name="blobs">Reads blobs; shared by the images of one place.</param>
/// <param name="image">The image, for findings.</param>
/// <param name="platforms">The platforms to test; empty for all that are there.</param>
internal sealed class ImageCheck(
    IContentSource source, BlobChecks blobs, ImageReference image, IReadOnlyList<Platform> platforms)
{
    private readonly ConcurrentQueue<OciTestFinding> _findings = new();
    private readonly ConcurrentDictionary<Digest, long> _seen = new();

    /// <summary>Tests the image.</summary>
    /// <exception cref="OciException">The source cannot be reached, or has no such platform.</exception>
    public async Task<OciTestResult> RunAsync(Descriptor root, CancellationToken cancellationToken)
    {
        await CheckAsync(GraphNode.Root(root), cancellationToken).ConfigureAwait(false);
        return new OciTestResult
        {
            Reference = image,
            Findings =
            [
                .. _findings.OrderBy(finding => finding.Kind)
                    .ThenBy(finding => finding.Digest.ToString(), StringComparer.Ordinal),
            ],
            ItemsChecked = _seen.Count,
            BytesChecked = _seen.Values.Sum(),
        };
    }

    /// <returns>Whether the document is there.</returns>
    private async Task<bool> CheckAsync(GraphNode node, CancellationToken cancellationToken)
    {
        Descriptor descriptor = node.Descriptor;
        if (!_seen.TryAdd(descriptor.Digest, descriptor.Size))
            return true;
        ContentLimits.CheckGraphSize(_seen.Count, descriptor);
        RawDocument document;
        try
        {
            document = await source.ReadDocumentAsync(descriptor, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException error) when (BlobChecks.KindOf(error) is { } problem)
        {
            if (problem != OciTestFindingKind.Missing || node.Parent is null)
                Add(problem, descriptor, descriptor.Platform, BlobChecks.Describe(problem, descriptor, error));
            return problem != OciTestFindingKind.Missing;
        }

        if (document.Index is { } index)
            await CheckIndexAsync(node, index, cancellationToken).ConfigureAwait(false);
        else if (document.Manifest is { } manifest)
            await CheckManifestAsync(node, manifest, cancellationToken).ConfigureAwait(false);
        else if (document.Schema1 is { } schema1)
            await CheckSchema1Async(node, schema1, cancellationToken).ConfigureAwait(false);
        else
            Add(
                OciTestFindingKind.NotVerified,
                descriptor,
                descriptor.Platform,
                $"What a document of type {DisplayText.Sanitize(document.MediaType)} refers to cannot be checked.");
        return true;
    }

    private async Task CheckIndexAsync(GraphNode node, ImageIndex index, CancellationToken cancellationToken)
    {
        bool isChosen = platforms.Count > 0 && node.Parent is null;
        IReadOnlyList<Descriptor> listed = isChosen
            ? PlatformSubset.Choose(index.Manifests, new PlatformSelector(platforms), image)
            : index.Manifests;
        Descriptor[] children = [.. listed.DistinctBy(child => child.Digest)];
        var absent = new List<Descriptor>();
        await ForEachAsync(children, CheckChildAsync, cancellationToken).ConfigureAwait(false);
        // An index of which nothing is there was not made sparse on purpose.
        bool isSparse = !isChosen && absent.Count < children.Length;
        foreach (Descriptor child in absent)
        {
            string name = child.Platform?.ToString() ?? "no platform";
            if (isSparse)
                Add(OciTestFindingKind.Sparse, child, child.Platform, $"{child.Digest} for {name} was left out here.");
            else
                Add(OciTestFindingKind.Missing, child, child.Platform, $"{child.Digest} for {name} is not there.");
        }

        async ValueTask CheckChildAsync(Descriptor child, CancellationToken token)
        {
            GraphNode below = node.Child(child);
            if (!below.IsDocument)
                await CheckBlobAsync(child, null, child.Platform, token).ConfigureAwait(false);
            else if (!await CheckAsync(below, token).ConfigureAwait(false))
                lock (absent)
                    absent.Add(child);
        }
    }

    private async Task CheckManifestAsync(
        GraphNode node, ImageManifest manifest, CancellationToken cancellationToken)
    {
        Descriptor descriptor = node.Descriptor;
        ImageConfig? config = await CheckConfigAsync(descriptor, manifest.Config, cancellationToken)
            .ConfigureAwait(false);
        Platform? platform = descriptor.Platform ?? config?.Platform;
        RequireWanted(node, platform);
        IReadOnlyList<Digest?> diffIds = config is not null && config.DiffIds.Count == manifest.Layers.Count
            ? [.. config.DiffIds]
            : new Digest?[manifest.Layers.Count];
        if (config is not null)
            CompareWithConfig(descriptor, manifest, config);
        await ForEachAsync(
            manifest.Layers.Zip(diffIds),
            async (pair, token) =>
                await CheckBlobAsync(pair.First, pair.Second, platform, token).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task CheckSchema1Async(
        GraphNode node, Schema1Manifest manifest, CancellationToken cancellationToken)
    {
        Descriptor descriptor = node.Descriptor;
        Platform? stated = manifest.Config.Platform;
        Platform? platform = descriptor.Platform ?? stated;
        RequireWanted(node, platform);
        ComparePlatform(descriptor, stated);
        await ForEachAsync(manifest.Blobs, CheckLayerAsync, cancellationToken).ConfigureAwait(false);

        async ValueTask CheckLayerAsync(Digest digest, CancellationToken token)
        {
            // Only the place itself tells the size, so one that is wrong cannot be noticed, nor reported.
            var layer = new Descriptor { MediaType = MediaTypes.DockerLayerGzip, Digest = digest, Size = 0 };
            long? size = await source.FindBlobSizeAsync(digest, token).ConfigureAwait(false);
            BlobCheck check = size is { } found
                ? await blobs.CheckAsync(layer with { Size = found }, null, token).ConfigureAwait(false)
                : new BlobCheck(OciTestFindingKind.Missing, $"{digest} is not there.", null);
            _seen.TryAdd(digest, size ?? 0);
            if (check.Problem is { } problem)
                Add(problem, layer, platform, check.Message);
        }
    }

    /// <returns>The config of an image; null when it is something else, or cannot be read.</returns>
    private async Task<ImageConfig?> CheckConfigAsync(
        Descriptor manifest, Descriptor config, CancellationToken cancellationToken)
    {
        if (!MediaTypes.IsConfig(config.MediaType))
        {
            await CheckBlobAsync(config, null, manifest.Platform, cancellationToken).ConfigureAwait(false);
            return null;
        }

        _seen.TryAdd(config.Digest, config.Size);
        try
        {
            return ImageConfig.Parse(
                await source.ReadDocumentAsync(config, cancellationToken).ConfigureAwait(false));
        }
        catch (OciException error) when (BlobChecks.KindOf(error) is { } problem)
        {
            Add(problem, config, manifest.Platform, BlobChecks.Describe(problem, config, error));
            return null;
        }
        catch (OciException error) when (error.Code == OciErrorCode.ConnectionFailed)
        {
            // Read as a blob it tells whether bytes were lost there or on the way.
            if ((await blobs.CheckAsync(config, null, cancellationToken).ConfigureAwait(false)).Problem is null)
                throw;
            await CheckBlobAsync(config, null, manifest.Platform, cancellationToken).ConfigureAwait(false);
            return null;
        }
    }

    private void CompareWithConfig(Descriptor descriptor, ImageManifest manifest, ImageConfig config)
    {
        // Attestations, for instance, borrow the config of an image, for layers that are none.
        if (!manifest.Layers.All(layer => layer.MediaType.Contains(".tar", StringComparison.Ordinal)))
            return;
        int layers = manifest.Layers.Count;
        int steps = config.History.Count(step => !step.EmptyLayer);
        if (config.DiffIds.Count != layers)
            AddLayers($"its config names {config.DiffIds.Count} diffIDs");
        else if (config.History.Count > 0 && steps != layers)
            AddLayers($"its history tells of {steps}");

        ComparePlatform(descriptor, config.Platform);

        void AddLayers(string what) => Add(
            OciTestFindingKind.LayerMismatch,
            descriptor,
            descriptor.Platform ?? config.Platform,
            $"{descriptor.Digest} has {layers} layers, but {what}.");
    }

    /// <summary>Among the images of an index, those that are wanted have been chosen.</summary>
    private void RequireWanted(GraphNode node, Platform? platform)
    {
        if (node.Parent is null && platforms.Count > 0)
            ManifestPlatform.Require(platform, platforms, image);
    }

    private void ComparePlatform(Descriptor descriptor, Platform? stated)
    {
        if (descriptor.Platform is { IsUnknown: false } listed && stated is not null && !IsSame(listed, stated))
            Add(
                OciTestFindingKind.PlatformMismatch,
                descriptor,
                listed,
                $"{descriptor.Digest} is listed for {listed}, but its config says {stated}.");
    }

    // Versions and features of the system are often told in one place only; variants of ARM often in the index alone.
    private static bool IsSame(Platform listed, Platform stated) => Bare(listed, stated).Equals(Bare(stated, listed));

    private static Platform Bare(Platform platform, Platform other) => new()
    {
        Os = platform.Os,
        Architecture = platform.Architecture,
        Variant = string.IsNullOrEmpty(other.Variant) ? null : platform.Variant,
        OsVersion = string.IsNullOrEmpty(other.OsVersion) ? null : platform.OsVersion,
    };

    private async Task CheckBlobAsync(
        Descriptor blob, Digest? diffId, Platform? platform, CancellationToken cancellationToken)
    {
        _seen.TryAdd(blob.Digest, blob.Size);
        BlobCheck check = await blobs.CheckAsync(blob, diffId?.Algorithm, cancellationToken).ConfigureAwait(false);
        if (check.Problem == OciTestFindingKind.Missing && blob.Data is not null)
            return;
        if (check.Problem == OciTestFindingKind.Missing && blob.Urls.Count > 0
            && MediaTypes.IsExternalLayer(blob.MediaType))
            Add(OciTestFindingKind.External, blob, platform, $"The layer {blob.Digest} is kept elsewhere.");
        else if (check.Problem is { } problem)
            Add(problem, blob, platform, check.Message);
        else if (diffId is not null && !diffId.Equals(check.DiffId))
            Add(
                OciTestFindingKind.DiffIdMismatch,
                blob,
                platform,
                $"The layer {blob.Digest} unpacks to {check.DiffId}, but the image's config says {diffId}.");
    }

    /// <summary>Does something with several contents at once; the first failure stops the others.</summary>
    private Task ForEachAsync<T>(
        IEnumerable<T> items, Func<T, CancellationToken, ValueTask> check, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            items,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = blobs.ThrottleLimit,
                CancellationToken = cancellationToken,
            },
            check);

    private void Add(OciTestFindingKind kind, Descriptor descriptor, Platform? platform, string message) =>
        _findings.Enqueue(new OciTestFinding
        {
            Kind = kind,
            Reference = image,
            Descriptor = descriptor,
            Platform = platform,
            Message = message,
        });
}
