using System.Net;

namespace OciTools.Registry;

/// <summary>Brings a blob into a repository in the cheapest way that works: known, mount, look, upload.</summary>
/// <remarks>
/// Requests for each blob. One that is in another repository of the same registry: 1, a mount. A small one, or any in a
/// repository that is new: a mount from the repository itself, which answers 201 when the blob is there (1 request) and
/// opens the upload when it is not (2). A large one in a repository with content: a look first (1, or 3), because a
/// registry may answer a mount with an upload although it has the blob, and sending that again would cost more than a
/// request. Whether the repository is new is asked once, and only before the first large blob.
/// </remarks>
internal sealed class BlobWriter(RepositoryApi api, RepositoryFacts facts)
{
    private const long Large = 1024 * 1024;

    private readonly TagList _tags = new(api);

    public async Task<BlobOutcome> WriteAsync(
        Descriptor descriptor,
        IContentSource source,
        bool force,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        UploadSession? session = null;
        if (!force)
        {
            (BlobOutcome? outcome, session) =
                await FindAsync(descriptor, source, cancellationToken).ConfigureAwait(false);
            if (outcome is { } found)
            {
                facts.Learn(descriptor.Digest, true);
                Report(found == BlobOutcome.Mounted ? TransferEventKind.Mounted : TransferEventKind.Skipped);
                return found;
            }
        }

        await api.Connection.Uploads.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Report(TransferEventKind.Started);
            var content = new UploadSource(descriptor, source, progress);
            await using (content.ConfigureAwait(false))
                await new BlobUpload(api, content).RunAsync(session, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            api.Connection.Uploads.Release();
        }

        facts.Learn(descriptor.Digest, true);
        Report(TransferEventKind.Completed);
        return BlobOutcome.Transferred;

        void Report(TransferEventKind kind) =>
            progress?.Report(new TransferEvent { Kind = kind, Descriptor = descriptor, Bytes = descriptor.Size });
    }

    /// <summary>Whether the repository has the blob, by a look.</summary>
    public async Task<bool> HasAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        RegistryAnswer answer = await api.ReadAsync(
            HttpMethod.Head, api.BlobUrl(descriptor.Digest), ContentLimits.ErrorBody, cancellationToken)
            .ConfigureAwait(false);
        if (!answer.IsSuccess && answer.Status != HttpStatusCode.NotFound)
            throw api.Error(answer, ErrorSubject.Blob, descriptor);

        facts.Learn(descriptor.Digest, answer.IsSuccess);
        return answer.IsSuccess;
    }

    private async Task<(BlobOutcome? Outcome, UploadSession? Session)> FindAsync(
        Descriptor descriptor, IContentSource source, CancellationToken cancellationToken)
    {
        if (facts.Has(descriptor.Digest) == true)
            return (BlobOutcome.Skipped, null);

        if (source is RegistryStore store && ReferenceEquals(store.Connection, api.Connection))
        {
            if (store.Repository == api.Repository)
                return (BlobOutcome.Skipped, null);

            UploadSession? instead =
                await MountAsync(descriptor, store.Repository, cancellationToken).ConfigureAwait(false);
            if (facts.Has(descriptor.Digest) == true)
                return (BlobOutcome.Mounted, null);
            // ECR mounts only where that is switched on, and opens uploads for what it has.
            return await IsFoundByLookAsync(descriptor, cancellationToken).ConfigureAwait(false) == true
                ? (BlobOutcome.Skipped, null)
                : (null, instead);
        }

        if (await IsFoundByLookAsync(descriptor, cancellationToken).ConfigureAwait(false) is { } isFound)
            return (isFound ? BlobOutcome.Skipped : null, null);

        UploadSession? opened = await MountAsync(descriptor, api.Repository, cancellationToken).ConfigureAwait(false);
        return (facts.Has(descriptor.Digest) == true ? BlobOutcome.Skipped : null, opened);
    }

    /// <returns>Null when a look is not worth its request.</returns>
    private async Task<bool?> IsFoundByLookAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        if (descriptor.Size < Large)
            return null;
        if (facts.Has(descriptor.Digest) is { } known)
            return known;

        bool isNew = await facts.IsNewAsync(() => _tags.IsRepositoryUnknownAsync(cancellationToken))
            .ConfigureAwait(false);
        return isNew ? null : await HasAsync(descriptor, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the registry to take the blob from a repository of its own.</summary>
    /// <returns>The upload that the registry opened instead; null when it took the blob, or opened none.</returns>
    private async Task<UploadSession?> MountAsync(
        Descriptor descriptor, string from, CancellationToken cancellationToken)
    {
        Uri uri = api.Url($"blobs/uploads/?mount={Uri.EscapeDataString(descriptor.Digest.ToString())}"
            + $"&from={Uri.EscapeDataString(from)}");
        RegistryAnswer answer = await api.WriteAsync(
            () => RepositoryApi.ReplayableRequest(HttpMethod.Post, uri), cancellationToken, from).ConfigureAwait(false);
        switch (answer.Status)
        {
            case HttpStatusCode.Created:
                facts.Learn(descriptor.Digest, true);
                return null;
            case HttpStatusCode.Accepted:
                return UploadSession.From(answer, api);
            default:
                // A registry that refuses the mount may still take the upload, whose refusal would be the real one.
                return null;
        }
    }
}
