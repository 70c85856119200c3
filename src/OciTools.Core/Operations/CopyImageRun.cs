using System.Collections.ObjectModel;
using OciTools.Archives;
using OciTools.Layout;
using OciTools.Transfer;

namespace OciTools.Operations;

/// <summary>
/// The copy of one image: choose the root, copy its graph, then what refers to it. Completing the sink stays with the
/// caller, who may copy several images to it.
/// </summary>
internal sealed class CopyImageRun(
    CopyImageRequest request,
    ImageReference destination,
    IContentSource source,
    IContentSink sink,
    TransferTally tally)
{
    private readonly PlatformSelector? _platforms =
        request.Platforms.Count > 0 ? new PlatformSelector(request.Platforms) : null;

    public async Task<OciTransferResult> RunAsync(CancellationToken cancellationToken)
    {
        Descriptor? existing = await FindAtDestinationAsync(cancellationToken).ConfigureAwait(false);
        CopyRoot root = await ChooseRootAsync(existing, cancellationToken).ConfigureAwait(false);
        if (request.ConvertSchema1)
            root = await ConvertAsync(root, cancellationToken).ConfigureAwait(false);
        RequireDestinationDigest(root.Descriptor);
        bool sameAlready = sink.HoldsCompleteGraphs && !request.Force
            && existing is not null && existing.Digest.Equals(root.Descriptor.Digest);
        var copier = new GraphCopier(
            source,
            sink,
            new GraphCopyOptions
            {
                Handlers = children => Stack(children.WithAuthored(root.Parts)),
                Force = request.Force,
                ThrottleLimit = request.ThrottleLimit,
                Progress = tally,
            },
            tally);
        if (sameAlready)
        {
            tally.Add(BlobOutcome.Skipped, root.Descriptor);
            Decide($"{destination} is {root.Descriptor.Digest} already; nothing to copy.");
        }
        else
        {
            await copier.CopyAsync(WithFullName(root.Descriptor), destination.Tag, root.Authored, cancellationToken)
                .ConfigureAwait(false);
        }

        if (request.IncludeReferrers || request.IncludeDigestTag)
            await CopyCompanionsAsync(copier, root, cancellationToken).ConfigureAwait(false);

        return new OciTransferResult
        {
            Source = request.Source.WithDigest(root.SourceDigest),
            Destination = PlaceOf(root.Descriptor),
            Digest = root.Descriptor.Digest,
            Platforms = root.Platforms,
        };
    }

    private async Task<CopyRoot> ChooseRootAsync(Descriptor? existing, CancellationToken cancellationToken)
    {
        if (_platforms is null && existing is not null && !request.Force)
        {
            // A look-up moves no document, and registries do not count it as a pull.
            Descriptor? found = request.Source.Digest is { } pinned && pinned.Equals(existing.Digest)
                ? existing
                : await source.FindAsync(request.Source, cancellationToken).ConfigureAwait(false);
            if (found is not null && found.Digest.Equals(existing.Digest))
                return Whole(found, null);
        }

        RawDocument document = await source.ResolveAsync(request.Source, cancellationToken).ConfigureAwait(false);
        Decide($"{request.Source} is {document.Digest}.");
        if (_platforms is null)
        {
            // The index of a layout tells the platform, and looking there costs no request.
            Descriptor? listed = source.Location.Transport == TransportKind.Registry
                ? null
                : await source.FindAsync(request.Source, cancellationToken).ConfigureAwait(false);
            return Whole(listed ?? document.ToDescriptor(), document);
        }

        return document.Index is { } index
            ? ChooseFromIndex(document, index)
            : await RequireSingleAsync(document, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A layout keeps the full name beside the tag, as containerd does, so that one layout can hold the same tag of
    /// several repositories.
    /// </summary>
    private Descriptor WithFullName(Descriptor root)
    {
        if (destination.Tag is not { } tag || FullName(tag) is not { } name)
            return root;
        var annotations = root.Annotations.ToDictionary();
        annotations[IndexEntry.ContainerdNameAnnotation] = name;
        return root with { Annotations = annotations };
    }

    private string? FullName(string tag)
    {
        // The name in a layout or archive may be a whole reference.
        if (tag.AsSpan().ContainsAny(':', '/'))
            return ImageReference.TryParse(tag, out ImageReference? name) && name.Transport == TransportKind.Registry
                ? name.ToString()
                : null;
        return request.Source is { Registry: { } registry, Repository: { } repository }
            ? $"{registry}/{repository}:{tag}"
            : null;
    }

    /// <summary>
    /// Where the image is found. An archive of Docker's knows it by the full name, and has no digests.
    /// </summary>
    private ImageReference PlaceOf(Descriptor root)
    {
        if (destination.Transport != TransportKind.DockerArchive)
            return destination.WithDigest(root.Digest);
        string? name = destination.Tag is { } tag ? DockerImages.NameOf(tag, FullName(tag)) : null;
        return name is null ? destination.WithoutName() : destination.WithTag(name);
    }

    private async Task<Descriptor?> FindAtDestinationAsync(CancellationToken cancellationToken)
    {
        ImageReference? named = destination.Tag is not null || destination.Digest is not null ? destination
            : request.Source.Digest is { } digest ? destination.WithDigest(digest)
            : null;
        return named is null ? null : await sink.FindAsync(named, cancellationToken).ConfigureAwait(false);
    }

    private CopyRoot Whole(Descriptor descriptor, RawDocument? document)
    {
        Descriptor described =
            request.Descriptor is { } given && given.Digest.Equals(descriptor.Digest) ? given : descriptor;
        return new CopyRoot(described, described.Digest)
        {
            Platforms = document?.Index is { } index ? PlatformsOf(index.Manifests) : PlatformsOf([described]),
        };
    }

    private CopyRoot ChooseFromIndex(RawDocument document, ImageIndex index)
    {
        IReadOnlyList<Descriptor> chosen = _platforms!.Select(index.Manifests, request.Source);
        IReadOnlyList<Platform> platforms = PlatformsOf(chosen);
        switch (request.IndexMode)
        {
            case null:
                Decide($"{platforms[0]} of {request.Source} is {chosen[0].Digest}.");
                return new CopyRoot(chosen[0], chosen[0].Digest) { Platforms = platforms };
            case IndexMode.Rewrite:
                HashSet<Digest> kept =
                    [.. PlatformSubset.Choose(index.Manifests, _platforms, request.Source).Select(e => e.Digest)];
                RawDocument authored = document.WithManifests(entry => kept.Contains(entry.Digest));
                Decide(
                    $"The index of {request.Source} is written anew for {string.Join(", ", platforms)}: "
                    + $"{authored.Digest}.");
                return new CopyRoot(authored.ToDescriptor(), document.Digest)
                {
                    Platforms = platforms,
                    Authored = authored,
                };
            case IndexMode.Preserve:
                return new CopyRoot(document.ToDescriptor(), document.Digest)
                {
                    Platforms = PlatformsOf(index.Manifests),
                };
            default:
                return new CopyRoot(document.ToDescriptor(), document.Digest) { Platforms = platforms };
        }
    }

    private async Task<CopyRoot> RequireSingleAsync(RawDocument document, CancellationToken cancellationToken)
    {
        Platform? platform =
            await ManifestPlatform.ReadAsync(source, document, cancellationToken).ConfigureAwait(false);
        ManifestPlatform.Require(platform, request.Platforms, request.Source);
        return Whole(document.ToDescriptor() with { Platform = platform }, document);
    }

    private async Task<CopyRoot> ConvertAsync(CopyRoot root, CancellationToken cancellationToken)
    {
        var parts = new Dictionary<Digest, RawDocument>();
        if (MediaTypes.IsSchema1(root.Descriptor.MediaType))
        {
            Descriptor image = await ConvertAsync(root.Descriptor, parts, cancellationToken).ConfigureAwait(false);
            return root with
            {
                Descriptor = image,
                Platforms = PlatformsOf([image]),
                Authored = parts[image.Digest],
                Parts = parts,
            };
        }

        if (!MediaTypes.IsIndex(root.Descriptor.MediaType))
            return root;
        RawDocument document = root.Authored
            ?? await source.ReadDocumentAsync(root.Descriptor, cancellationToken).ConfigureAwait(false);
        var images = new Dictionary<Digest, Descriptor>();
        foreach (Descriptor entry in EntriesToCopy(document.Index!).Where(e => MediaTypes.IsSchema1(e.MediaType)))
            images[entry.Digest] = await ConvertAsync(entry, parts, cancellationToken).ConfigureAwait(false);
        if (images.Count == 0)
            return root;

        RawDocument authored = document.WithManifests(images);
        Decide($"The index of {request.Source} is written anew with OCI images: {authored.Digest}.");
        return root with
        {
            Descriptor = authored.ToDescriptor() with { Annotations = root.Descriptor.Annotations },
            Authored = authored,
            Parts = parts,
        };
    }

    /// <summary>Converts one image.</summary>
    /// <param name="old">The image of schema 1.</param>
    /// <param name="parts">Gets the new manifest and config.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>The OCI image.</returns>
    private async Task<Descriptor> ConvertAsync(
        Descriptor old, Dictionary<Digest, RawDocument> parts, CancellationToken cancellationToken)
    {
        RawDocument document = await source.ReadDocumentAsync(old, cancellationToken).ConfigureAwait(false);
        Schema1Manifest image = document.Schema1!;
        Schema1Conversion converted = await Schema1Conversion
            .RunAsync(source, image, request.ThrottleLimit, cancellationToken).ConfigureAwait(false);
        Decide($"{old.Digest} is an image of schema 1; as an OCI image it is {converted.Manifest.Digest}.");
        parts[converted.Config.Digest] = converted.Config;
        parts[converted.Manifest.Digest] = converted.Manifest;
        return converted.Manifest.ToDescriptor() with
        {
            Platform = old.Platform ?? image.Config.Platform,
            Annotations = old.Annotations,
        };
    }

    private IReadOnlyList<Descriptor> EntriesToCopy(ImageIndex index) => request.IndexMode == IndexMode.Sparse
        ? PlatformSubset.Choose(index.Manifests, _platforms!, request.Source)
        : index.Manifests;

    private GraphHandler Stack(GraphHandler children)
    {
        if (source is ArchiveSource archive)
            children = archive.SkipAbsent(children, tally);
        if (!request.IncludeExternalLayer)
            children = children.SkipExternalLayers();
        return request.IndexMode == IndexMode.Sparse ? children.FilterPlatforms(_platforms!, request.Source) : children;
    }

    private void RequireDestinationDigest(Descriptor root)
    {
        if (destination.Digest is { } wanted && !wanted.Equals(root.Digest))
            throw new OciException(
                OciErrorCode.ContentMismatch,
                $"The image is {root.Digest}, so it cannot be copied to {destination}. "
                + "Leave the digest out of the destination.",
                destination);
    }

    /// <summary>Copies what belongs to the image without being part of its graph.</summary>
    private async Task CopyCompanionsAsync(GraphCopier copier, CopyRoot root, CancellationToken cancellationToken)
    {
        var subjects = new List<Descriptor>();
        var walker = new GraphWalker(Stack(GraphHandlers.Children(source)).Observe(node =>
        {
            if (node.IsDocument)
                subjects.Add(node.Descriptor);
        }));
        // Nothing refers to what was just made; to other images in an index that was made, something may.
        IReadOnlyList<Descriptor> known = root.Authored is null
            ? [root.Descriptor]
            : [.. (root.Authored.Index?.Manifests ?? []).Where(entry => !root.Parts.ContainsKey(entry.Digest))];
        await walker.WalkAsync(known, cancellationToken).ConfigureAwait(false);

        IReadOnlyCollection<Descriptor> documents = subjects;
        if (request.IncludeReferrers)
            documents = await CopyReferrersAsync(copier, subjects, cancellationToken).ConfigureAwait(false);
        if (request.IncludeDigestTag)
            await CopyDigestTagsAsync(copier, documents, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies what names a subject as its own, and what names that, until nothing new turns up.</summary>
    /// <returns>The subjects and all that refers to them.</returns>
    private async Task<IReadOnlyCollection<Descriptor>> CopyReferrersAsync(
        GraphCopier copier, IReadOnlyCollection<Descriptor> subjects, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<Digest, Descriptor>();
        var pending = new Queue<Descriptor>(subjects);
        while (pending.TryDequeue(out Descriptor? subject))
        {
            if (!seen.TryAdd(subject.Digest, subject))
                continue;
            IReadOnlyList<Descriptor> referrers =
                await source.ListReferrersAsync(subject.Digest, cancellationToken).ConfigureAwait(false);
            foreach (Descriptor referrer in referrers.Where(referrer => !seen.ContainsKey(referrer.Digest)))
            {
                Decide($"{referrer.ArtifactType ?? referrer.MediaType} {referrer.Digest} refers to {subject.Digest}.");
                await copier.CopyAsync(referrer, tag: null, cancellationToken: cancellationToken).ConfigureAwait(false);
                pending.Enqueue(referrer);
            }
        }

        return seen.Values;
    }

    /// <summary>Copies tags such as <c>sha256-….sig</c>, in which older tools keep what refers to a digest.</summary>
    private async Task CopyDigestTagsAsync(
        GraphCopier copier, IReadOnlyCollection<Descriptor> subjects, CancellationToken cancellationToken)
    {
        HashSet<string> names = [.. subjects.Select(subject => $"{subject.Digest.Algorithm}-{subject.Digest.Hex}")];
        await foreach (string tag in source.ListTagsAsync(cancellationToken).ConfigureAwait(false))
        {
            int dot = tag.IndexOf('.', StringComparison.Ordinal);
            // Without an extension it is the fallback list of referrers, which the destination keeps for itself.
            if (dot < 0 || !names.Contains(tag[..dot]))
                continue;
            RawDocument document = await source
                .ResolveAsync(source.Location.WithTag(tag), cancellationToken).ConfigureAwait(false);
            Decide($"The tag {tag} belongs to the image.");
            await copier.CopyAsync(document.ToDescriptor(), tag, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private void Decide(string message) =>
        tally.Report(new TransferEvent { Kind = TransferEventKind.Decided, Message = message });

    private static IReadOnlyList<Platform> PlatformsOf(IReadOnlyList<Descriptor> entries) =>
        entries.Where(entry => !entry.IsAttestation).Select(entry => entry.Platform).OfType<Platform>().ToArray();

    /// <summary>The document that a copy starts from.</summary>
    /// <param name="Descriptor">How the destination will know it.</param>
    /// <param name="SourceDigest">What it was at the source.</param>
    private sealed record CopyRoot(Descriptor Descriptor, Digest SourceDigest)
    {
        public IReadOnlyList<Platform> Platforms { get; init; } = [];

        /// <summary>The document, when it was written anew.</summary>
        public RawDocument? Authored { get; init; }

        /// <summary>What else was written anew: the configs and manifests of converted images.</summary>
        public IReadOnlyDictionary<Digest, RawDocument> Parts { get; init; } =
            ReadOnlyDictionary<Digest, RawDocument>.Empty;
    }
}
