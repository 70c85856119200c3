using System.Globalization;
using System.Net;
using System.Runtime.ExceptionServices;

namespace OciTools.Registry;

/// <summary>
/// Sends one blob: in one piece, which takes the fewest requests and works everywhere; in chunks where a registry or a
/// proxy refuses that, and from where it stopped after a break.
/// </summary>
internal sealed class BlobUpload(RepositoryApi api, UploadSource source)
{
    private const long ChunkSize = 16 * 1024 * 1024;
    private const long ProgressThatCounts = 1024 * 1024;
    private const int AttemptsInOnePiece = 2;

    private static readonly TimeSpan s_timeToAbandon = TimeSpan.FromSeconds(5);

    private UploadSession? _session;
    private long _received;

    private Descriptor Blob => source.Descriptor;

    /// <summary>Uploads the blob.</summary>
    /// <param name="opened">A session that is open already, or null to open one.</param>
    /// <param name="cancellationToken">Stops the upload.</param>
    public async Task RunAsync(UploadSession? opened, CancellationToken cancellationToken)
    {
        _session = opened;
        bool inOnePiece = !api.Connection.WantsChunks;
        for (int attempt = 1; ; attempt++)
        {
            // Opening a session has been repeated by itself; the rest is repeated here.
            _session ??= await StartAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_received > 0 || !inOnePiece
                    || !await TryInOnePieceAsync(cancellationToken).ConfigureAwait(false))
                    await SendChunksAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (OciException error) when (MayPass(error) && attempt <= api.Connection.Transport.MaximumRetryCount)
            {
                await PauseAsync(error, attempt, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is OciException || source.Failure is not null)
            {
                await AbandonAsync().ConfigureAwait(false);
                if (source.Failure is { } failure)
                    ExceptionDispatchInfo.Throw(failure);
                throw;
            }

            if (source.Position == Blob.Size && await IsThereAsync(cancellationToken).ConfigureAwait(false))
                return;
            if (await FindProgressAsync(cancellationToken).ConfigureAwait(false) >= ProgressThatCounts)
                attempt = 0;
            // A proxy with a limit may hang up before its refusal can be read.
            inOnePiece &= attempt < AttemptsInOnePiece;
        }
    }

    private async Task<UploadSession> StartAsync(CancellationToken cancellationToken)
    {
        RegistryAnswer answer = await api.WriteAsync(
            () => RepositoryApi.ReplayableRequest(HttpMethod.Post, api.Url("blobs/uploads/")), cancellationToken)
            .ConfigureAwait(false);
        return answer.Status == HttpStatusCode.Accepted
            ? UploadSession.From(answer, api)
            : throw api.Error(answer, ErrorSubject.Other, Blob);
    }

    /// <returns>False when the registry, or a proxy before it, does not take the blob in one piece.</returns>
    private async Task<bool> TryInOnePieceAsync(CancellationToken cancellationToken)
    {
        RegistryAnswer answer = await CloseAsync(Blob.Size, cancellationToken).ConfigureAwait(false);
        if (answer.IsSuccess)
            return true;
        if (!RefusesOnePiece(answer))
            throw api.Error(answer, ErrorSubject.Other, Blob);

        api.Connection.WantsChunks = true;
        api.Report(TransferEventKind.Decided, $"{api.Connection.Registry} takes uploads in chunks only", Blob);
        _session = await StartAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    private async Task SendChunksAsync(CancellationToken cancellationToken)
    {
        long chunkSize = Math.Max(ChunkSize, _session!.MinimumChunk);
        while (_received < Blob.Size)
        {
            long start = _received;
            long length = Math.Min(chunkSize, Blob.Size - start);
            RegistryAnswer answer = await SendAsync(
                HttpMethod.Patch, _session.Location, start, length, cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccess)
                throw api.Error(answer, ErrorSubject.Other, Blob);

            _session = _session.Continue(answer, api);
            // Less than was sent is believed; public ECR's impossible numbers are not.
            long end = start + length;
            _received = UploadSession.ReceivedBytes(answer) is { } received && received > start && received < end
                ? received
                : end;
        }

        RegistryAnswer closed = await CloseAsync(0, cancellationToken).ConfigureAwait(false);
        if (!closed.IsSuccess)
            throw api.Error(closed, ErrorSubject.Other, Blob);
    }

    private Task<RegistryAnswer> CloseAsync(long length, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, _session!.ClosingLocation(Blob.Digest), 0, length, cancellationToken);

    private async Task<RegistryAnswer> SendAsync(
        HttpMethod method, Uri uri, long offset, long length, CancellationToken cancellationToken)
    {
        using var limit = new UploadLimit(api.Connection.Transport.IdleTimeout, cancellationToken);
        try
        {
            return await api.WriteAsync(
                () =>
                {
                    var content = new UploadContent(source, offset, length, limit, api.Bandwidth);
                    if (method == HttpMethod.Patch)
                    {
                        // The specification's form has no unit: "0-99".
                        content.Headers.TryAddWithoutValidation(
                            "Content-Range",
                            string.Create(CultureInfo.InvariantCulture, $"{offset}-{offset + length - 1}"));
                    }

                    return new HttpRequestMessage(method, uri) { Content = content };
                },
                limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OciException(
                OciErrorCode.OperationTimeout,
                $"{DisplayText.Sanitize(uri.Authority)} took no more bytes of {Blob.Digest}. "
                    + "Check the network and try again.",
                Blob,
                error);
        }
    }

    /// <summary>Asks where an upload that broke can go on; where it cannot, it begins again.</summary>
    /// <returns>How many bytes have arrived since the last time.</returns>
    private async Task<long> FindProgressAsync(CancellationToken cancellationToken)
    {
        long before = _received;
        _received = 0;
        if (_session is not { } session)
            return 0;

        RegistryAnswer answer = await api.WriteAsync(
            () => new HttpRequestMessage(HttpMethod.Get, session.Location), cancellationToken).ConfigureAwait(false);
        long received = answer.IsSuccess ? UploadSession.ReceivedBytes(answer) ?? 0 : 0;
        // More than was sent cannot be ours.
        bool isUsable = received > 0 && received <= source.Position;
        _session = isUsable ? session.Continue(answer, api) : null;
        _received = isUsable ? received : 0;
        return _received - before;
    }

    /// <summary>Tells the registry to forget an upload that will not be finished.</summary>
    private async Task AbandonAsync()
    {
        if (_session is not { } session)
            return;

        using var limit = new CancellationTokenSource(s_timeToAbandon);
        try
        {
            await api.WriteAsync(() => new HttpRequestMessage(HttpMethod.Delete, session.Location), limit.Token)
                .ConfigureAwait(false);
        }
        catch (Exception error) when (error is OciException or OperationCanceledException)
        {
            // Registries clear away forgotten uploads by themselves.
        }
    }

    /// <summary>Whether the blob arrived although its confirmation did not.</summary>
    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        RegistryAnswer answer = await api.ReadAsync(
            HttpMethod.Head, api.BlobUrl(Blob.Digest), ContentLimits.ErrorBody, cancellationToken)
            .ConfigureAwait(false);
        return answer.IsSuccess;
    }

    private async Task PauseAsync(OciException error, int attempt, CancellationToken cancellationToken)
    {
        int maximum = api.Connection.Transport.MaximumRetryCount;
        // A pause of the whole host has been told already, once for all transfers.
        if (!IsHostPaused(error))
        {
            api.Report(
                TransferEventKind.Retried,
                $"The upload of {Blob.Digest} stopped at byte {source.Position} of {Blob.Size} ({Reason(error)}); "
                    + $"trying again ({attempt} of {maximum})",
                Blob);
        }

        await Task.Delay(Backoff.Next(api.Connection.Transport.RetryInterval, attempt), cancellationToken)
            .ConfigureAwait(false);
    }

    private static bool IsHostPaused(OciException error) => error is RegistryException
    {
        StatusCode: HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable,
    };

    private static string Reason(OciException error) => error switch
    {
        RegistryException answer => $"the answer was {(int)answer.StatusCode}",
        { Code: OciErrorCode.OperationTimeout } => "no more bytes were taken",
        _ => "the connection broke",
    };

    // A session that the registry has lost may be replaced by another; a source that fails stays as it is.
    private bool MayPass(OciException error) => source.Failure is null
        && (error.IsTransient || error is RegistryException { StatusCode: HttpStatusCode.NotFound or
            HttpStatusCode.RequestedRangeNotSatisfiable });

    private static bool RefusesOnePiece(RegistryAnswer answer) => answer.Status
        is HttpStatusCode.RequestEntityTooLarge
        or HttpStatusCode.RequestedRangeNotSatisfiable
        or HttpStatusCode.MethodNotAllowed
        or HttpStatusCode.LengthRequired
        or HttpStatusCode.NotImplemented;
}
