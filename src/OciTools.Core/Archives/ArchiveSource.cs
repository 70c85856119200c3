using System.Globalization;
using System.Runtime.CompilerServices;
using OciTools.Layout;
using OciTools.Transfer;

namespace OciTools.Archives;

/// <summary>
/// An archive of images to read from: an image layout in a tar, what <c>docker save</c> writes, or both in one; plain,
/// or packed with gzip or zstd.
/// </summary>
/// <remarks>
/// <para>
/// A plain archive is read where it is: its headers once, then only what is asked for. A packed one is unpacked into
/// the temporary folder of the system at its first use; that file vanishes when the source is disposed or the process
/// ends.
/// </para>
/// <para>
/// Images are looked up as in a layout, see <see cref="LayoutStore"/>. What Docker alone made has the names of its
/// <c>RepoTags</c>, and OCI manifests that are made here: its config and layers stay as they are, so layers are usually
/// plain tars whose digest is their diffID.
/// </para>
/// </remarks>
public sealed class ArchiveSource : IContentSource, IAsyncDisposable
{
    private readonly string _path;
    private readonly SemaphoreSlim _opening = new(1);
    private ArchiveContents? _contents;
    private ILookup<Digest, Descriptor>? _referrers;

    private ArchiveSource(string path)
    {
        Location = ImageReference.ForPath(TransportKind.OciArchive, path, null, null);
        _path = Path.GetFullPath(path);
    }

    /// <inheritdoc/>
    public ImageReference Location { get; }

    /// <summary>Opens an archive; it is read when it is first asked for something.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="OciException"><see cref="OciErrorCode.ArchiveNotFound"/>.</exception>
    public static ArchiveSource Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            throw ArchiveFault.Folder(path);
        return File.Exists(path) ? new ArchiveSource(path) : throw ArchiveFault.NotFound(path);
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ArchiveInvalid"/>: the archive is malformed; the message names the entry.
    /// <see cref="OciErrorCode.LimitExceeded"/>: it goes beyond what images need.
    /// <see cref="OciErrorCode.NotSupported"/>: it is packed in a way that cannot be read.
    /// </exception>
    public async Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArchiveContents contents = await OpenContentsAsync(cancellationToken).ConfigureAwait(false);
        if (reference.Digest is not { } digest)
            return reference.Tag is { } tag ? contents.Index.Find(tag) : contents.Index.FindOnly();
        return contents.Index.Find(digest) ?? ReadUnlisted(contents, digest)?.ToDescriptor();
    }

    /// <inheritdoc/>
    public async Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        Descriptor? found = await FindAsync(reference, cancellationToken).ConfigureAwait(false);
        if (found is not null)
            return await ReadDocumentAsync(found, cancellationToken).ConfigureAwait(false);
        ArchiveContents contents = await OpenContentsAsync(cancellationToken).ConfigureAwait(false);
        throw MissingImage.In(contents.Index, _path, reference);
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestNotFound"/> or <see cref="OciErrorCode.BlobNotFound"/>: the archive names the
    /// document but does not hold it. <see cref="OciErrorCode.ContentMismatch"/>: it is damaged.
    /// </exception>
    public async Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArchiveContents contents = await OpenContentsAsync(cancellationToken).ConfigureAwait(false);
        if (contents.FindAuthored(descriptor.Digest) is { } authored)
            return authored;
        ArchiveEntry entry = contents.Find(descriptor.Digest) ?? throw ArchiveFault.Missing(_path, descriptor);
        return RawDocument.Create(contents.Entries.ReadAll(entry, ContentLimits.Document), descriptor);
    }

    /// <inheritdoc/>
    public async Task<long?> FindBlobSizeAsync(Digest digest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(digest);
        ArchiveContents contents = await OpenContentsAsync(cancellationToken).ConfigureAwait(false);
        return contents.Find(digest)?.Size;
    }

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.BlobNotFound"/>: the archive does not hold the blob.
    /// <see cref="OciErrorCode.ContentMismatch"/>: it has another size.
    /// </exception>
    public async Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArchiveContents contents = await OpenContentsAsync(cancellationToken).ConfigureAwait(false);
        ArchiveEntry entry = contents.Find(descriptor.Digest) ?? throw ArchiveFault.Missing(_path, descriptor);
        if (entry.Size != descriptor.Size)
            throw new SizeMismatchException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The entry '{entry.Name}' of '{_path}' has {entry.Size} bytes instead of {descriptor.Size}. ")
                + "Ask whoever made the archive for a correct one.",
                descriptor);
        return contents.Entries.Open(entry, offset);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListTagsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArchiveContents contents = await OpenContentsAsync(cancellationToken).ConfigureAwait(false);
        foreach (string name in contents.Index.Names)
            yield return name;
    }

    /// <inheritdoc/>
    /// <remarks>Looks where a layout does, see <see cref="LayoutStore.ListReferrersAsync"/>.</remarks>
    public async Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArchiveContents contents = await OpenContentsAsync(cancellationToken).ConfigureAwait(false);
        ILookup<Digest, Descriptor> referrers = _referrers ??= await LayoutReferrers
            .ScanAsync(contents.Index, this, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Descriptor> fallback = await LayoutReferrers
            .ReadFallbackAsync(contents.Index, subject, this, cancellationToken).ConfigureAwait(false);
        return [.. referrers[subject].Concat(fallback).DistinctBy(referrer => referrer.Digest)];
    }

    /// <summary>Closes the file. Streams that are open cannot be read any more.</summary>
    public ValueTask DisposeAsync()
    {
        _contents?.Dispose();
        _opening.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What the archive lists, names and all.</summary>
    internal async Task<LayoutIndex> ReadIndexAsync(CancellationToken cancellationToken) =>
        (await OpenContentsAsync(cancellationToken).ConfigureAwait(false)).Index;

    /// <summary>
    /// Leaves out the children of an index that the archive does not hold whole: Docker writes archives whose index
    /// lists platforms that were never pulled.
    /// </summary>
    /// <param name="inner">The handler that names the children.</param>
    /// <param name="progress">Hears what is left out.</param>
    internal GraphHandler SkipAbsent(GraphHandler inner, IProgress<TransferEvent>? progress) => async (node, token) =>
    {
        IReadOnlyList<Descriptor> children = await inner(node, token).ConfigureAwait(false);
        if (!MediaTypes.IsIndex(node.Descriptor.MediaType))
            return children;
        ArchiveContents contents = await OpenContentsAsync(token).ConfigureAwait(false);
        List<Descriptor> present = [.. children.Where(child => IsWhole(contents, child))];
        // Of an index without any child the first missing one is an error that says more.
        if (present.Count == children.Count || present.Count == 0)
            return children;
        foreach (Descriptor absent in children.Except(present))
            progress?.Report(new TransferEvent
            {
                Kind = TransferEventKind.Warned,
                Descriptor = absent,
                Message = $"The archive '{_path}' lists {absent.Digest} "
                    + $"({absent.Platform?.ToString() ?? "no platform"}) but does not hold it; it is left out.",
            });
        return present;
    };

    private static bool IsWhole(ArchiveContents contents, Descriptor child)
    {
        if (child.Data is not null || contents.FindAuthored(child.Digest) is not null)
            return true;
        if (contents.Find(child.Digest) is not { } entry)
            return false;
        return !MediaTypes.IsManifest(child.MediaType)
            || entry.Size != child.Size
            || entry.Size > ContentLimits.Document
            || RawDocument.Create(contents.Entries.ReadAll(entry, ContentLimits.Document), child).Children
                .All(part => part.Urls.Count > 0 || part.Data is not null || contents.Find(part.Digest) is not null);
    }

    /// <summary>
    /// Reads a manifest or index that the archive does not list: a child of a listed index, for instance.
    /// </summary>
    private RawDocument? ReadUnlisted(ArchiveContents contents, Digest digest)
    {
        if (contents.Find(digest) is not { Size: <= ContentLimits.Document } entry)
            return null;
        byte[] bytes = contents.Entries.ReadAll(entry, ContentLimits.Document);
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

    private async Task<ArchiveContents> OpenContentsAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _contents ??= await ArchiveContents.OpenAsync(_path, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }
}
