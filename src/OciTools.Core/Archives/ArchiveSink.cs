using System.Collections.Concurrent;
using OciTools.Layout;
using OciTools.Transfer;

namespace OciTools.Archives;

/// <summary>
/// A new archive of images: a tar of an image layout (OCI image specification 1.1, image-layout.md) that
/// <c>docker load</c> reads as well.
/// </summary>
/// <remarks>
/// <para>
/// What is written is only noted at first. <see cref="CompleteAsync"/> knows then what the archive will hold, so it
/// gives every entry its place and moves the blobs from their sources straight there, several at once. There is no copy
/// in between, and the same images make the same bytes, in whatever order their blobs come. The sources must stay
/// usable until then.
/// </para>
/// <para>
/// The archive has a temporary name beside its target until it is whole and on the disk. If anything fails, nothing is
/// left.
/// </para>
/// </remarks>
public sealed class ArchiveSink : IContentSink
{
    private readonly string _path;
    private readonly ArchiveOptions _options;
    private readonly IProgress<TransferEvent>? _progress;
    private readonly ConcurrentDictionary<Digest, PendingBlob> _blobs = new();
    private readonly ConcurrentDictionary<Digest, RawDocument> _documents = new();
    private readonly ConcurrentQueue<Descriptor> _roots = new();

    private ArchiveSink(string path, ArchiveOptions options, IProgress<TransferEvent>? progress)
    {
        Location = ImageReference.ForPath(TransportKind.OciArchive, path, null, null);
        _path = Path.GetFullPath(path);
        _options = options;
        _progress = progress;
    }

    /// <inheritdoc/>
    public ImageReference Location { get; }

    /// <inheritdoc/>
    public bool HoldsCompleteGraphs => true;

    /// <summary>Prepares to make an archive; no file is made before <see cref="CompleteAsync"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How to write; null for the defaults.</param>
    /// <param name="progress">Hears of what the user should know; null for nobody.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.DestinationExists"/>: the file exists and is not to be replaced, or is a folder.
    /// </exception>
    public static ArchiveSink Create(
        string path, ArchiveOptions? options = null, IProgress<TransferEvent>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new ArchiveOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ThrottleLimit, 1, nameof(options));
        if (Directory.Exists(path))
            throw new OciException(
                OciErrorCode.DestinationExists,
                $"'{path}' is a folder, and an archive is a file. "
                + "Add a file name, or use oci: for a layout in a folder.",
                path);
        if (!options.Force && File.Exists(path))
            throw ArchiveFault.Exists(path);
        return new ArchiveSink(path, options, progress);
    }

    /// <inheritdoc/>
    /// <remarks>An archive is written anew, so only what this sink was given can be found.</remarks>
    public Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        LayoutIndex index = LayoutIndex.Empty.Merge([.. _roots]);
        return Task.FromResult(
            reference.Digest is { } digest ? index.Find(digest) : reference.Tag is { } tag ? index.Find(tag) : null);
    }

    /// <inheritdoc/>
    public Task<bool> HasAsync(Descriptor descriptor, bool verify, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        return Task.FromResult(_documents.ContainsKey(descriptor.Digest) || _blobs.ContainsKey(descriptor.Digest));
    }

    /// <inheritdoc/>
    /// <remarks>The blob moves in <see cref="CompleteAsync"/>, which reports its progress.</remarks>
    public Task<BlobOutcome> WriteBlobAsync(
        Descriptor descriptor,
        IContentSource source,
        bool force,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(source);
        var blob = new PendingBlob(descriptor, source, progress);
        if (_blobs.TryAdd(descriptor.Digest, blob))
            return Task.FromResult(BlobOutcome.Transferred);
        blob.Report(TransferEventKind.Skipped, descriptor.Size);
        return Task.FromResult(BlobOutcome.Skipped);
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.NotSupported"/>: the document is a Docker manifest of schema 1.
    /// </exception>
    public Task WriteDocumentAsync(
        RawDocument document, Descriptor descriptor, string? tag, bool isRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(descriptor);
        if (document.Schema1 is not null)
            throw new OciException(
                OciErrorCode.NotSupported,
                $"{descriptor.Digest} is an image of Docker's schema 1, which no program loads from an archive. "
                + "Export it with -ConvertSchema1, or save it to a layout.",
                descriptor);
        _documents.TryAdd(document.Digest, document);
        if (isRoot || tag is not null)
            _roots.Enqueue(IndexEntry.ForRoot(document, descriptor, tag));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ContentMismatch"/>: a blob is not what its descriptor promises.
    /// <see cref="OciErrorCode.DestinationExists"/>: the file has come into being meanwhile.
    /// <see cref="OciErrorCode.PlatformNotFound"/>: an image has no manifest for the platform to load.
    /// <see cref="OciErrorCode.NotSupported"/>: the format is Docker's, and there is no image to load.
    /// <see cref="OciErrorCode.WriteFailed"/>: the disk is full or cannot be written. And whatever a source can meet.
    /// </exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        if (_roots.IsEmpty)
            return;

        ArchivePlan plan = MakePlan();
        ArchiveOutput output = ArchiveOutput.Create(_path, plan.Length, _progress);
        await using (output.ConfigureAwait(false))
        {
            foreach (ArchivePart part in plan.Parts)
                output.Write(part.Bytes.Span, part.Offset);
            await MoveBlobsAsync(plan, output, cancellationToken).ConfigureAwait(false);
            await output.PublishAsync(_options.Force).ConfigureAwait(false);
        }

        _roots.Clear();
    }

    /// <summary>Does nothing: what was not completed was not begun.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task MoveBlobsAsync(ArchivePlan plan, ArchiveOutput output, CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(_options.ThrottleLimit);
        using var failure = new FirstFailure(cancellationToken);
        await Task.WhenAll(plan.Parts.Where(part => part.Blob is not null).ToList().ConvertAll(part =>
            failure.GuardAsync(token => MoveInSlotAsync(part.Blob!, part.BlobOffset, token)))).ConfigureAwait(false);
        failure.ThrowIfAny();

        async Task MoveInSlotAsync(PendingBlob blob, long offset, CancellationToken token)
        {
            await slots.WaitAsync(token).ConfigureAwait(false);
            try
            {
                await MoveAsync(blob, offset, output, token).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }
    }

    private static async Task MoveAsync(
        PendingBlob blob, long offset, ArchiveOutput output, CancellationToken cancellationToken)
    {
        blob.Report(TransferEventKind.Started, 0);
        Stream content = await blob.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            var pace = new ProgressPace();
            await output.ReceiveAsync(blob.Descriptor, content, offset, Advance, cancellationToken)
                .ConfigureAwait(false);

            void Advance(long bytes)
            {
                if (pace.IsDue(bytes))
                    blob.Report(TransferEventKind.Advanced, bytes);
            }
        }

        blob.Report(TransferEventKind.Completed, blob.Descriptor.Size);
    }

    private ArchivePlan MakePlan()
    {
        LayoutIndex index = LayoutIndex.Empty.Merge([.. _roots]);
        IReadOnlyList<DockerImage> images = _options.Format == ArchiveFormat.Oci
            ? []
            : new DockerImages(_documents, _blobs.ContainsKey, _options.LoadPlatform, Location).Choose(index);
        IReadOnlyList<Digest> contents = _options.Format == ArchiveFormat.Docker
            ? [.. images.SelectMany(image => image.Manifest.Layers.Prepend(image.Manifest.Config))
                .Select(blob => blob.Digest).Distinct()]
            : ListContents(index);
        if (images.Count == 0 && _options.Format == ArchiveFormat.Docker)
            throw new OciException(
                OciErrorCode.NotSupported,
                "Docker can load none of this: there is no image, or its layers are elsewhere. "
                + "Choose another format, or include external layers.",
                Location);
        if (images.Count == 0 && _options.Format == ArchiveFormat.Hybrid)
            _progress?.Report(new TransferEvent
            {
                Kind = TransferEventKind.Decided,
                Message = $"'{_path}' gets no manifest.json: there is no whole image that Docker could load.",
            });

        var plan = new ArchivePlan();
        if (_options.Format != ArchiveFormat.Docker)
        {
            plan.AddFile(ArchiveNames.Marker, LayoutFiles.Marker.Span);
            plan.AddFile(ArchiveNames.Index, index.Bytes.Span);
        }

        if (images.Count > 0)
            plan.AddFile(ArchiveNames.DockerManifest, DockerImages.Write(images));
        plan.AddFolder(ArchiveNames.Blobs);
        foreach (string algorithm in contents.Select(digest => digest.Algorithm).Distinct())
            plan.AddFolder($"{ArchiveNames.Blobs}/{algorithm}");
        foreach (Digest digest in contents)
            Add(plan, digest);
        return plan;
    }

    private void Add(ArchivePlan plan, Digest digest)
    {
        if (_documents.TryGetValue(digest, out RawDocument? document))
            plan.AddFile(ArchiveNames.Blob(digest), document.Bytes.Span);
        else
            plan.AddBlob(ArchiveNames.Blob(digest), _blobs[digest]);
    }

    /// <summary>
    /// What the index leads to, depth first: a document before its children. What was left out stays out.
    /// </summary>
    private List<Digest> ListContents(LayoutIndex index)
    {
        var contents = new List<Digest>();
        var seen = new HashSet<Digest>();
        var pending = new Stack<Descriptor>(index.Entries.Reverse());
        while (pending.TryPop(out Descriptor? next))
        {
            _documents.TryGetValue(next.Digest, out RawDocument? document);
            if ((document is null && !_blobs.ContainsKey(next.Digest)) || !seen.Add(next.Digest))
                continue;
            contents.Add(next.Digest);
            foreach (Descriptor child in document?.Children.Reverse() ?? [])
                pending.Push(child);
        }

        return contents;
    }
}
