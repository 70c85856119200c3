using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace OciTools.Layout;

/// <summary>An image layout directory (OCI image specification 1.1, image-layout.md), as source and as sink.</summary>
/// <remarks>
/// <para>
/// Any number of stores, in one process or in many, may read and write one layout at once. A file under <c>blobs</c> is
/// right or is not there: content is hashed under a temporary name, flushed, and renamed. <see cref="CompleteAsync"/>
/// merges names into <c>index.json</c> under a lock, after all that they name is on the disk.
/// </para>
/// <para>
/// An image is looked up by its name (<c>org.opencontainers.image.ref.name</c>, or else
/// <c>io.containerd.image.name</c>), by any digest that the layout holds, or by neither when the layout holds one
/// image. Several entries may have one name. If each of them names a platform, the name stands for an image index of
/// them, composed when it is asked for and not stored; of two entries for one platform, and of several that name no
/// platform, the last counts. A store sees the names that were there when it was opened, and its own.
/// </para>
/// </remarks>
public sealed class LayoutStore : IContentSource, IContentSink
{
    private readonly LayoutPaths _paths;
    private readonly IProgress<TransferEvent>? _progress;
    private readonly TimeSpan _lockTimeLimit;
    private readonly BlobWriter _writer;
    private readonly TrustedBlobs _trusted;
    private readonly ConcurrentQueue<Descriptor> _roots = new();
    private readonly SemaphoreSlim _scanning = new(1);
    private LayoutIndex _index;
    private ContentClaim? _claim;
    private ILookup<Digest, Descriptor>? _referrers;

    private LayoutStore(
        string path, LayoutPaths paths, LayoutIndex index, IProgress<TransferEvent>? progress, TimeSpan lockTimeLimit)
    {
        Location = ImageReference.ForLayout(path);
        LayoutFiles.RefuseLinks(paths);
        _paths = paths;
        _index = index;
        _progress = progress;
        _lockTimeLimit = lockTimeLimit;
        _writer = new BlobWriter(paths);
        _trusted = new TrustedBlobs(paths);
    }

    /// <inheritdoc/>
    public ImageReference Location { get; }

    /// <inheritdoc/>
    public bool HoldsCompleteGraphs => false;

    /// <summary>What the layout lists.</summary>
    internal LayoutIndex Index => _index;

    /// <summary>Opens a layout that exists.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="progress">Hears of what the user should know; null for nobody.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.LayoutNotFound"/>: the folder holds no layout.
    /// <see cref="OciErrorCode.LayoutInvalid"/>: its <c>oci-layout</c> or <c>index.json</c> is malformed, or
    /// something in its <c>.ocitools</c> is a link.
    /// </exception>
    public static LayoutStore Open(string path, IProgress<TransferEvent>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var paths = new LayoutPaths(path);
        if (!File.Exists(paths.Marker))
            throw new OciException(
                OciErrorCode.LayoutNotFound,
                $"'{paths.Root}' is not an image layout: it has no 'oci-layout' file. "
                + "Check the path, or save an image there first.",
                path);
        return new LayoutStore(path, paths, LayoutFiles.ReadLayout(paths), progress, LayoutLock.TimeLimit);
    }

    /// <summary>Refuses a folder that holds no layout, or a malformed one.</summary>
    internal static void CheckExists(string path) => Open(path);

    /// <summary>Opens a layout, or prepares to make one: nothing is created before something is written.</summary>
    /// <param name="path">The folder: a layout, empty, or not there yet.</param>
    /// <param name="progress">Hears of what the user should know; null for nobody.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.DestinationExists"/>: the folder holds other things.
    /// <see cref="OciErrorCode.LayoutInvalid"/>: its <c>oci-layout</c> or <c>index.json</c> is malformed, or
    /// something in its <c>.ocitools</c> is a link.
    /// </exception>
    public static LayoutStore OpenOrCreate(string path, IProgress<TransferEvent>? progress = null) =>
        OpenOrCreate(path, progress, LayoutLock.TimeLimit);

    internal static LayoutStore OpenOrCreate(string path, IProgress<TransferEvent>? progress, TimeSpan lockTimeLimit)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var paths = new LayoutPaths(path);
        LayoutIndex index = LayoutFiles.CanBeCreated(paths) ? LayoutIndex.Empty : LayoutFiles.ReadLayout(paths);
        return new LayoutStore(path, paths, index, progress, lockTimeLimit);
    }

    /// <inheritdoc/>
    public async Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        Descriptor? listed = reference.Digest is { } digest ? _index.Find(digest)
            : reference.Tag is { } tag ? _index.Find(tag)
            : _index.FindOnly();
        if (listed is not null)
            return IndexEntry.ForRegistry(listed);
        if (reference.Digest is not { } unlisted)
            return null;
        RawDocument? document = await ReadUnlistedAsync(unlisted, cancellationToken).ConfigureAwait(false);
        return document is null ? null : document.ToDescriptor() with { Digest = unlisted };
    }

    /// <inheritdoc/>
    public async Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        Descriptor found = await FindAsync(reference, cancellationToken).ConfigureAwait(false)
            ?? throw MissingImage.In(_index, _paths.Root, reference);
        return await ReadDocumentAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestNotFound"/> or <see cref="OciErrorCode.BlobNotFound"/>: the layout lists the
    /// document but does not hold it. <see cref="OciErrorCode.ContentMismatch"/>: the file is damaged.
    /// </exception>
    public async Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Digest digest = FileOf(descriptor);
        await _writer.SettleAsync(digest, cancellationToken).ConfigureAwait(false);
        if (LayoutFiles.FindBlob(_paths, digest) is { } file)
        {
            try
            {
                byte[] bytes = await LayoutFiles.ReadDocumentAsync(file, cancellationToken).ConfigureAwait(false);
                return RawDocument.Create(bytes, descriptor);
            }
            catch (OciException) when (!File.Exists(file.FullName))
            {
                // Another process has just removed it.
            }
        }

        return _index.Composed(descriptor.Digest) ?? throw Missing(descriptor);
    }

    /// <inheritdoc/>
    public async Task<long?> FindBlobSizeAsync(Digest digest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(digest);
        await _writer.SettleAsync(digest, cancellationToken).ConfigureAwait(false);
        return LayoutFiles.FindBlob(_paths, digest)?.Length;
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.BlobNotFound"/>: the layout does not hold the blob.
    /// <see cref="OciErrorCode.ContentMismatch"/>: the file has another size.
    /// </exception>
    public async Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        await _writer.SettleAsync(descriptor.Digest, cancellationToken).ConfigureAwait(false);
        FileInfo file = LayoutFiles.FindBlob(_paths, descriptor.Digest) ?? throw Missing(descriptor);
        if (file.Length != descriptor.Size)
            throw new SizeMismatchException(
                $"The blob {descriptor.Digest} in '{_paths.Root}' has {file.Length} bytes instead of "
                + $"{descriptor.Size}. Save the image into the layout again; that repairs it.",
                descriptor);
        Stream stream = await LayoutFiles.OpenAsync(file, cancellationToken).ConfigureAwait(false);
        stream.Position = offset;
        return stream;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListTagsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string name in _index.Names)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return name;
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Looks at the manifests that <c>index.json</c> lists, at those that the indexes among them list, and at the index
    /// under the tag that stands in for the referrers API (distribution specification 1.1, "Referrers Tag Schema").
    /// </remarks>
    public async Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ILookup<Digest, Descriptor> referrers = await ScanReferrersAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Descriptor> fallback = await LayoutReferrers
            .ReadFallbackAsync(_index, subject, this, cancellationToken).ConfigureAwait(false);
        return [.. referrers[subject].Concat(fallback).DistinctBy(referrer => referrer.Digest)];
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A file is trusted when this store wrote or hashed it, or when the ledger says that it was hashed before and it
    /// has not been changed since. Any other file is hashed once.
    /// </remarks>
    public async Task<bool> HasAsync(Descriptor descriptor, bool verify, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Digest digest = FileOf(descriptor);
        if (!verify && _trusted.FindSize(digest) is { } size)
            return size == descriptor.Size;
        await _writer.SettleAsync(digest, cancellationToken).ConfigureAwait(false);
        return LayoutFiles.FindBlob(_paths, digest) is { } file && file.Length == descriptor.Size
            && await _trusted.CheckAsync(digest, file, verify, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ContentMismatch"/>: what came is not what the descriptor promises.
    /// <see cref="OciErrorCode.WriteFailed"/>: the disk is full or cannot be written.
    /// </exception>
    public async Task<BlobOutcome> WriteBlobAsync(
        Descriptor descriptor,
        IContentSource source,
        bool force,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(source);
        if (!force && await HasAsync(descriptor, verify: false, cancellationToken).ConfigureAwait(false))
        {
            Report(progress, TransferEventKind.Skipped, descriptor, descriptor.Size);
            return BlobOutcome.Skipped;
        }

        await _writer.WriteAsync(new BlobTransfer(descriptor, source, progress), cancellationToken)
            .ConfigureAwait(false);
        _trusted.Add(descriptor.Digest, descriptor.Size);
        return BlobOutcome.Transferred;
    }

    /// <summary>Writes content whose digest is not known in advance.</summary>
    /// <param name="mediaType">Its media type, for the descriptor.</param>
    /// <param name="content">The content, read to its end.</param>
    /// <param name="cancellationToken">Stops the write.</param>
    /// <returns>The descriptor, with a sha256 digest.</returns>
    public async Task<Descriptor> WriteBlobAsync(string mediaType, Stream content, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(mediaType);
        ArgumentNullException.ThrowIfNull(content);
        (Digest digest, long size) = await _writer.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        _trusted.Add(digest, size);
        return new Descriptor { MediaType = mediaType, Digest = digest, Size = size };
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A root appears in <c>index.json</c> with the platform, artifact type and annotations of <paramref
    /// name="descriptor"/>, and with the tag as its name.
    /// </remarks>
    public async Task WriteDocumentAsync(
        RawDocument document, Descriptor descriptor, string? tag, bool isRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(document);
        ArgumentNullException.ThrowIfNull(descriptor);
        if (document.IsSigned && !isRoot && tag is null)
            throw SignedChild(document);
        Descriptor content = document.ToDescriptor() with { Digest = document.ContentDigest };
        if (!await HasAsync(content, verify: false, cancellationToken).ConfigureAwait(false))
        {
            var transfer = new BlobTransfer(content with { Data = document.Bytes }, this, progress: null);
            await _writer.WriteAsync(transfer, cancellationToken).ConfigureAwait(false);
            _trusted.Add(content.Digest, content.Size);
        }

        if (isRoot || tag is not null)
            _roots.Enqueue(IndexEntry.ForRoot(document, descriptor, tag));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Four flushes, in this order, make what is visible durable: the bytes of a blob before it is renamed, the folders
    /// of the blobs before an index names them, the new index before it is renamed, and the folder of the layout before
    /// this returns. A crash between any two leaves the old index, and blobs that are right.
    /// </remarks>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.LayoutLocked"/>: another process held the lock for more than a minute.
    /// <see cref="OciErrorCode.LayoutInvalid"/>: <c>index.json</c> was damaged meanwhile.
    /// <see cref="OciErrorCode.LayoutChanged"/>: another process removed content that the names rely on. No name was
    /// written; copying the same images to this store again writes what is missing, and then it can be completed.
    /// <see cref="OciErrorCode.WriteFailed"/>: the disk is full or cannot be written.
    /// </exception>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<LedgerEntry> written = await _writer.SettleAsync(cancellationToken).ConfigureAwait(false);
            if (!_writer.HasWritten && _roots.IsEmpty && !_trusted.HasChecked)
                return;

            Directory.CreateDirectory(_paths.Staging);
            using LayoutLock held = await LayoutLock
                .AcquireAsync(_paths.Lock, _lockTimeLimit, cancellationToken).ConfigureAwait(false);
            RequireContent();
            List<Descriptor> roots = [.. _roots];
            await CommitAsync(roots).ConfigureAwait(false);
            if (!held.IsExclusive)
                await ConfirmAsync(roots, cancellationToken).ConfigureAwait(false);
            await _trusted.RememberAsync(written).ConfigureAwait(false);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(_paths.Root, exception);
        }

        _roots.Clear();
        _referrers = null;
        _claim?.Dispose();
        _claim = null;
    }

    /// <summary>
    /// Waits for what is being flushed and removes what is unfinished. What was checked stays and is found by the next
    /// save.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        _claim?.Dispose();
        _scanning.Dispose();
    }

    /// <summary>
    /// Makes sure that all content which was written, or found and not written again, is there still: what nothing
    /// refers to yet may be removed by whoever tidies the layout up. That happens once: from then on this store has a
    /// claim. The caller holds the lock.
    /// </summary>
    private void RequireContent()
    {
        if (_trusted.ForgetRemoved() is not { } removed)
            return;
        _roots.Clear();
        _claim ??= ContentClaim.Make(_paths);
        throw new OciException(
            OciErrorCode.LayoutChanged,
            $"Another process removed {removed} from '{_paths.Root}' while an image that needs it was saved. "
            + "Save the image again.",
            _paths.Root);
    }

    private static void Report(
        IProgress<TransferEvent>? progress, TransferEventKind kind, Descriptor descriptor, long bytes) =>
        progress?.Report(new TransferEvent { Kind = kind, Descriptor = descriptor, Bytes = bytes });

    /// <summary>Merges the roots into what index.json says now.</summary>
    /// <returns>Whether anything was missing there.</returns>
    private async Task<bool> CommitAsync(IReadOnlyList<Descriptor> roots)
    {
        Directory.CreateDirectory(_paths.Blobs);
        bool exists = File.Exists(_paths.Index);
        LayoutIndex current = exists ? LayoutFiles.ReadIndex(_paths) : LayoutIndex.Empty;
        LayoutIndex merged = current.Merge(roots);
        bool changes = !exists || !ReferenceEquals(merged, current);
        if (changes)
            await DurableFile.ReplaceAsync(_paths.Index, merged.Bytes, _paths.NewTemporary()).ConfigureAwait(false);
        // The marker comes last: with it the folder is a layout.
        if (!File.Exists(_paths.Marker))
            await DurableFile
                .ReplaceAsync(_paths.Marker, LayoutFiles.Marker, _paths.NewTemporary()).ConfigureAwait(false);
        _index = LayoutFiles.LastIndex = merged;
        return changes;
    }

    /// <summary>
    /// Without a lock of the system, a writer that was held up for too long may have replaced index.json at the same
    /// time: looks, and merges again.
    /// </summary>
    private async Task ConfirmAsync(IReadOnlyList<Descriptor> roots, CancellationToken cancellationToken)
    {
        _progress?.Report(new TransferEvent
        {
            Kind = TransferEventKind.Warned,
            Message = $"The file system of '{_paths.Root}' has no locks; a lock file is used instead. "
                + "If a process is killed while it holds that file, others wait for half a minute.",
        });
        const int Attempts = 5;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            await Task.Delay(Random.Shared.Next(5, 50), cancellationToken).ConfigureAwait(false);
            if (!await CommitAsync(roots).ConfigureAwait(false))
                return;
        }
    }

    private async Task<ILookup<Digest, Descriptor>> ScanReferrersAsync(CancellationToken cancellationToken)
    {
        await _scanning.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _referrers ??= await LayoutReferrers.ScanAsync(_index, this, cancellationToken).ConfigureAwait(false);
            return _referrers;
        }
        finally
        {
            _scanning.Release();
        }
    }

    /// <summary>
    /// Reads a manifest or index that index.json does not list: a child of a listed index, for instance.
    /// </summary>
    private async Task<RawDocument?> ReadUnlistedAsync(Digest digest, CancellationToken cancellationToken)
    {
        await _writer.SettleAsync(digest, cancellationToken).ConfigureAwait(false);
        if (LayoutFiles.FindBlob(_paths, digest) is not { Length: <= ContentLimits.Document } file)
            return null;
        byte[] bytes = await LayoutFiles.ReadDocumentAsync(file, cancellationToken).ConfigureAwait(false);
        if (!Digest.Compute(bytes, digest.Algorithm).Equals(digest))
            return null;
        try
        {
            RawDocument document = RawDocument.Create(bytes, mediaType: null, Location, digest.Algorithm);
            return MediaTypes.IsDocument(document.MediaType) ? document : null;
        }
        catch (OciException exception) when (exception.Code == OciErrorCode.ManifestInvalid)
        {
            // A layer or a config.
            return null;
        }
    }

    /// <summary>
    /// The digest that is the name of the file: see <see cref="IndexEntry.RegistryDigestAnnotation"/>.
    /// </summary>
    private Digest FileOf(Descriptor descriptor) =>
        MediaTypes.IsSchema1(descriptor.MediaType) && _index.Find(descriptor.Digest) is { } entry
            ? entry.Digest
            : descriptor.Digest;

    // Its index names it by a digest that no file of a layout can have.
    private static OciException SignedChild(RawDocument document) => new(
        OciErrorCode.NotSupported,
        $"A layout cannot hold {document.Digest}, a signed manifest of schema 1, as a part of an index. "
        + "Save it with -ConvertSchema1, or as an image of its own.",
        document.ToDescriptor());

    private OciException Missing(Descriptor descriptor) => new(
        MediaTypes.IsDocument(descriptor.MediaType) ? OciErrorCode.ManifestNotFound : OciErrorCode.BlobNotFound,
        $"The layout '{_paths.Root}' does not hold {descriptor.Digest}. "
        + $"Save the image into it again, with all its {(descriptor.Urls.Count > 0 ? "layers" : "platforms")}.",
        descriptor);
}
