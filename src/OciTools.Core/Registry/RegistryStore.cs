using System.Net;
using OciTools.Registry.Auth;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>A repository of a registry, as source and sink.</summary>
public sealed class RegistryStore : IContentSource, IContentSink, IRangeSource
{
    internal const string AcceptDocuments =
        MediaTypes.OciIndex + ", " + MediaTypes.OciManifest + ", "
        + MediaTypes.DockerManifestList + ", " + MediaTypes.DockerManifest + ", "
        + MediaTypes.DockerManifestSchema1Signed + ", " + MediaTypes.DockerManifestSchema1;

    private readonly RepositoryApi _api;
    private readonly RepositoryFacts _facts = new();
    private readonly BlobWriter _blobs;
    private readonly Referrers _referrers;

    internal RegistryStore(
        RegistryConnection connection,
        ImageReference reference,
        RegistryAccess access,
        RegistryOptions options,
        IProgress<TransferEvent>? progress)
    {
        _api = new RepositoryApi(connection, reference.WithoutName(), access, options, progress);
        _blobs = new BlobWriter(_api, _facts);
        _referrers = new Referrers(_api);
    }

    /// <inheritdoc/>
    public ImageReference Location => _api.Location;

    /// <inheritdoc/>
    /// <value>Always true: a registry refuses a manifest whose parts it does not have.</value>
    public bool HoldsCompleteGraphs => true;

    internal RegistryConnection Connection => _api.Connection;

    internal string Repository => _api.Repository;

    /// <inheritdoc/>
    public async Task<Descriptor?> FindAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        Uri uri = _api.ManifestUrl(NameOf(reference));
        RegistryAnswer answer = await _api.ReadAsync(
            HttpMethod.Head, uri, ContentLimits.ErrorBody, cancellationToken, AcceptDocuments).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound)
            return null;
        if (!answer.IsSuccess)
            throw _api.Error(answer, ErrorSubject.Manifest, reference);

        _facts.LearnExists();
        Digest? digest = reference.Digest;
        if (digest is null)
            _ = Digest.TryParse(answer.Header("Docker-Content-Digest"), out digest);
        if (digest is not null && answer.ContentLength is { } size
            && answer.MediaType is { } mediaType && MediaTypes.IsDocument(mediaType))
            return new Descriptor { MediaType = mediaType, Digest = digest, Size = size };

        // The header is optional in the specification; only the document itself can tell then, and what it is.
        RawDocument document = await ResolveAsync(reference, cancellationToken).ConfigureAwait(false);
        return document.ToDescriptor();
    }

    /// <inheritdoc/>
    public async Task<RawDocument> ResolveAsync(ImageReference reference, CancellationToken cancellationToken)
    {
        if (reference.Digest is { } pinned && Connection.Documents.Find(Repository, pinned) is { } known)
            return known;

        RegistryAnswer answer = await GetDocumentAsync(
            _api.ManifestUrl(NameOf(reference)), AcceptDocuments, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
            throw _api.Error(answer, ErrorSubject.Manifest, reference);

        // The digest of the reference counts; the header is the registry's word only.
        _ = Digest.TryParse(answer.Header("Docker-Content-Digest"), out Digest? claimed);
        Digest? expected = reference.Digest ?? claimed;
        RawDocument document = RawDocument.Create(
            answer.Body, answer.MediaType, reference, expected?.Algorithm ?? Digest.Sha256);
        if (expected is not null && !document.Digest.Equals(expected))
        {
            throw new OciException(
                OciErrorCode.ContentMismatch,
                $"{reference} should be {expected}, and the registry sent {document.Digest}. Do not use it; "
                    + "ask the registry's operator.",
                reference);
        }

        if (!MediaTypes.IsDocument(document.MediaType))
            RefuseDisguise(document, reference);
        Remember(document);
        return document;
    }

    /// <inheritdoc/>
    public async Task<RawDocument> ReadDocumentAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        if (Connection.Documents.Find(Repository, descriptor.Digest) is { } known)
            return known;
        if (descriptor.Data is { } data)
            return RawDocument.Create(data, descriptor);

        bool isBlob = !IsManifest(descriptor);
        RegistryAnswer answer = await GetAsync(descriptor, isBlob, cancellationToken).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound && !MediaTypes.IsDocument(descriptor.MediaType)
            && !MediaTypes.IsConfig(descriptor.MediaType))
        {
            // Where a registry keeps content of a type of somebody's own is not written anywhere.
            isBlob = !isBlob;
            answer = await GetAsync(descriptor, isBlob, cancellationToken).ConfigureAwait(false);
        }

        if (!answer.IsSuccess)
            throw _api.Error(answer, isBlob ? ErrorSubject.Blob : ErrorSubject.Manifest, descriptor);
        RawDocument document = RawDocument.Create(answer.Body, descriptor);
        Remember(document);
        return document;
    }

    /// <inheritdoc/>
    public async Task<long?> FindBlobSizeAsync(Digest digest, CancellationToken cancellationToken)
    {
        RegistryAnswer answer = await _api.ReadAsync(
            HttpMethod.Head, _api.BlobUrl(digest), ContentLimits.ErrorBody, cancellationToken).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound)
            return null;
        if (!answer.IsSuccess)
            throw _api.Error(answer, ErrorSubject.Blob, digest);
        return answer.ContentLength ?? throw new OciException(
            OciErrorCode.RegistryProtocol,
            $"{Location} does not say how large the blob {digest} is, and the image's manifest does not either. "
                + "Copy the image with a registry that says it.",
            digest);
    }

    /// <inheritdoc/>
    public async Task<Stream> OpenBlobAsync(Descriptor descriptor, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, descriptor.Size);
        if (offset == descriptor.Size)
            return Stream.Null;
        if (descriptor.Data is { } data && data.Length == descriptor.Size)
            return new MemoryStream(data[(int)offset..].ToArray(), writable: false);

        return await ResumableBlobStream.OpenAsync(new BlobDownload(_api, descriptor), offset, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    long IRangeSource.BytesRead => Connection.BlobBytes;

    /// <inheritdoc/>
    /// <remarks>
    /// What is read at once shares the connections that one blob may have. A line that the caller limits is not to be
    /// filled with more of them.
    /// </remarks>
    int IRangeSource.ConnectionsFor(Descriptor blob)
    {
        TransportProfile transport = Connection.Transport;
        return blob.Size < transport.ParallelBlobSize || blob.Urls.Count > 0 || _api.Bandwidth is not null
            ? 1
            : Math.Max(1, transport.BlobConnections / Math.Max(1, Connection.OpenBlobs));
    }

    /// <inheritdoc/>
    async Task<Stream> IRangeSource.OpenRangeAsync(
        Descriptor blob, long start, long end, CancellationToken cancellationToken) =>
        await ResumableBlobStream.OpenAsync(new BlobDownload(_api, blob, end), start, cancellationToken)
            .ConfigureAwait(false);

    /// <inheritdoc/>
    public IAsyncEnumerable<string> ListTagsAsync(CancellationToken cancellationToken) =>
        new TagList(_api).ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, CancellationToken cancellationToken) =>
        _referrers.ListAsync(subject, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> HasAsync(Descriptor descriptor, bool verify, CancellationToken cancellationToken)
    {
        if (verify)
            return await IsSoundAsync(descriptor, cancellationToken).ConfigureAwait(false);
        if (!IsManifest(descriptor))
        {
            return _facts.Has(descriptor.Digest)
                ?? await _blobs.HasAsync(descriptor, cancellationToken).ConfigureAwait(false);
        }

        ImageReference pinned = Location.WithDigest(descriptor.Digest);
        return await FindAsync(pinned, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    public Task<BlobOutcome> WriteBlobAsync(
        Descriptor descriptor,
        IContentSource source,
        bool force,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken) =>
        _blobs.WriteAsync(descriptor, source, force, progress, cancellationToken);

    /// <inheritdoc/>
    public async Task WriteDocumentAsync(
        RawDocument document, Descriptor descriptor, string? tag, bool isRoot, CancellationToken cancellationToken)
    {
        Uri uri = _api.ManifestUrl(tag ?? document.Digest.ToString());
        RegistryAnswer answer = await _api.WriteAsync(
            () => Referrers.ManifestRequest(uri, document.Bytes, document.MediaType), cancellationToken)
            .ConfigureAwait(false);
        if (!answer.IsSuccess)
            throw _api.Error(answer, ErrorSubject.Manifest, descriptor);

        if (Digest.TryParse(answer.Header("Docker-Content-Digest"), out Digest? stored)
            && stored.Algorithm == document.Digest.Algorithm
            && !stored.Equals(document.Digest))
        {
            throw new OciException(
                OciErrorCode.ContentMismatch,
                $"{Location} stored {document.Digest} as {stored}, so it changed the document. "
                    + "Use a registry that keeps the bytes.",
                descriptor);
        }

        _facts.LearnExists();
        Remember(document);
        if (document.Subject is not null)
            await _referrers.RecordAsync(document, answer, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Does nothing: connections belong to the session.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Under a type of something else, a manifest would be copied without what it refers to.</summary>
    private static void RefuseDisguise(RawDocument document, ImageReference reference)
    {
        string mediaType = RawDocument.Create(document.Bytes, mediaType: null, reference).MediaType;
        if (MediaTypes.IsDocument(mediaType))
        {
            throw new OciException(
                OciErrorCode.ManifestInvalid,
                $"The registry announces {reference} as {DisplayText.Sanitize(document.MediaType)}, but it has the "
                    + $"form of {mediaType}. Ask the registry's operator, or whoever pushed it.",
                reference);
        }
    }

    private Task<RegistryAnswer> GetAsync(Descriptor descriptor, bool isBlob, CancellationToken cancellationToken) =>
        isBlob
            ? GetDocumentAsync(_api.BlobUrl(descriptor.Digest), accept: null, cancellationToken)
            : GetDocumentAsync(
                _api.ManifestUrl(descriptor.Digest.ToString()),
                $"{descriptor.MediaType}, {AcceptDocuments}",
                cancellationToken);

    // One byte more than the limit, so that a document over it is told from one that fills it.
    private Task<RegistryAnswer> GetDocumentAsync(Uri uri, string? accept, CancellationToken cancellationToken) =>
        _api.ReadAsync(HttpMethod.Get, uri, ContentLimits.Document + 1, cancellationToken, accept);

    private async Task<bool> IsSoundAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        try
        {
            if (IsManifest(descriptor))
            {
                RegistryAnswer answer =
                    await GetAsync(descriptor, isBlob: false, cancellationToken).ConfigureAwait(false);
                return answer.IsSuccess && RawDocument.Create(answer.Body, descriptor).Digest.Equals(descriptor.Digest);
            }

            Descriptor own = descriptor with { Data = null, Urls = [] };
            Stream blob = await OpenBlobAsync(own, 0, cancellationToken).ConfigureAwait(false);
            var verifying = new VerifyingStream(blob, descriptor);
            await using (verifying.ConfigureAwait(false))
                await verifying.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (OciException error) when (ResumableBlobStream.IsCutShort(error) || error.Code
            is OciErrorCode.BlobNotFound or OciErrorCode.ContentMismatch or OciErrorCode.ManifestInvalid)
        {
            return false;
        }
    }

    private void Remember(RawDocument document)
    {
        _facts.LearnExists();
        Connection.Documents.Add(Repository, document);
    }

    // The platform tells an index's child, whatever its type is.
    private static bool IsManifest(Descriptor descriptor) =>
        MediaTypes.IsDocument(descriptor.MediaType) || descriptor.Platform is not null;

    internal static string NameOf(ImageReference reference) => reference.Digest?.ToString() ?? reference.Tag
        ?? throw new ArgumentException("The reference has neither a tag nor a digest.", nameof(reference));
}
