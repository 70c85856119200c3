using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using OciTools.Registry.Auth;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>
/// One registry as one caller sees it: where it is, how to sign in there, and what has been learned about it. Shared by
/// all repositories of the registry for the length of a session.
/// </summary>
internal sealed class RegistryConnection
{
    private const int MaximumRedirects = 10;

    // Nothing sent, a token from before, one for the scopes that were asked for, one for those that the registry wants.
    private const int MaximumSignIns = 4;

    private const int MinimumRead = 4 * 1024;

    private readonly RegistryAuthenticator _authenticator;
    private readonly HttpClient _client;
    private readonly Lazy<Task<HttpClient>> _foreignClient;
    private readonly RealmPolicy _policy;
    private int _openBlobs;
    private long _blobBytes;

    public RegistryConnection(
        ImageReference reference, RegistryOptions options, CredentialResolver credentials, IHttpClientSource http)
    {
        Registry = reference.Registry
            ?? throw new ArgumentException("The reference is not to a registry.", nameof(reference));
        Transport = options.Transport;
        Quota = new RegistryQuota(Registry, TimeProvider.System);
        bool plainHttp = options.PlainHttp ?? reference.IsLoopback;
        BaseUri = new Uri($"{(plainHttp ? Uri.UriSchemeHttp : Uri.UriSchemeHttps)}://{reference.ApiHost}/");
        _client = http.GetClient(options.Transport);
        _policy = new RealmPolicy(options.TrustedRealm);
        _foreignClient = new(() => CreateForeignClientAsync(http));
        _authenticator = new RegistryAuthenticator(BaseUri, Registry, options, credentials, RealmClientAsync, _policy);
    }

    /// <summary>The registry as references name it, for example <c>docker.io</c>.</summary>
    public string Registry { get; }

    public Uri BaseUri { get; }

    public TransportProfile Transport { get; }

    /// <summary>What the registry has said of the caller's quota.</summary>
    public RegistryQuota Quota { get; }

    /// <summary>Manifests, indexes and configs that were read and checked.</summary>
    public DocumentCache Documents { get; } = new();

    /// <summary>Whether the registry has the referrers API; null until a repository has told.</summary>
    public bool? SupportsReferrers { get; set; }

    /// <summary>Whether the registry refuses an upload in one piece.</summary>
    public bool WantsChunks { get; set; }

    /// <summary>How many blobs, and parts of blobs, are being read.</summary>
    public int OpenBlobs => Volatile.Read(ref _openBlobs);

    /// <summary>How many bytes of blobs have been read.</summary>
    public long BlobBytes => Volatile.Read(ref _blobBytes);

    /// <summary>
    /// Held while a blob is uploaded, so that uploads take half of the connections to a host at most: what they send
    /// may have to be read from the same host, over the others.
    /// </summary>
    public SemaphoreSlim Uploads { get; } = new(TransportProfile.ConnectionsPerHost / 2);

    /// <summary>Held while the list of referrers under a fallback tag is read, changed and written.</summary>
    public SemaphoreSlim ReferrersLock { get; } = new(1);

    public void CountOpenBlob(int change) => Interlocked.Add(ref _openBlobs, change);

    public void CountBlobBytes(int count) => Interlocked.Add(ref _blobBytes, count);

    /// <summary>
    /// Sends a request, signs in when asked to, and follows redirects. Returns when the headers have arrived, whatever
    /// the status.
    /// </summary>
    /// <param name="create">Makes the request; called for each time it is sent.</param>
    /// <param name="scopes">What the request needs; null to send no credential anywhere.</param>
    /// <param name="progress">Hears of requests and retries.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    public async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> create,
        IReadOnlyList<RegistryScope>? scopes,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        if (scopes is null)
            return await FollowAsync(create, null, progress, cancellationToken).ConfigureAwait(false);

        AuthenticationHeaderValue? authorization =
            await _authenticator.GetHeaderAsync(scopes, progress, cancellationToken).ConfigureAwait(false);
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage response =
                await FollowAsync(create, authorization, progress, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.Unauthorized || attempt == MaximumSignIns)
                return response;

            try
            {
                authorization = await _authenticator
                    .AnswerAsync(response, scopes, authorization, progress, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                response.Dispose();
                throw;
            }

            if (authorization is null)
                return response;
            response.Dispose();
        }
    }

    /// <summary>How the registry has callers sign in, <c>Basic</c> or <c>Bearer</c>; null until it has asked.</summary>
    public string? AuthenticationScheme => _authenticator.Scheme;

    /// <summary>The credential for the registry as such; null when there is none.</summary>
    public Task<RegistryCredential?> FindCredentialAsync(
        IProgress<TransferEvent>? progress, CancellationToken cancellationToken) =>
        _authenticator.FindCredentialAsync(null, progress, cancellationToken);

    /// <summary>
    /// Asks for the registry's base, and signs in if it wants that (distribution specification 1.1, "Determining
    /// Support").
    /// </summary>
    /// <exception cref="OciException">
    /// The registry cannot be reached, is none, or does not accept the credential.
    /// </exception>
    public async Task ProbeAsync(IProgress<TransferEvent>? progress, CancellationToken cancellationToken)
    {
        RegistryAnswer answer = await AskForBaseAsync(progress, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
            throw RegistryErrors.Create(answer, ErrorSubject.Other, null, Registry);
    }

    /// <summary>Asks for the registry's base, which every registry has; the answer may be any.</summary>
    public Task<RegistryAnswer> AskForBaseAsync(
        IProgress<TransferEvent>? progress, CancellationToken cancellationToken) =>
        AskAsync(
            () => new HttpRequestMessage(HttpMethod.Get, new Uri(BaseUri, "v2/")),
            [],
            ContentLimits.ErrorBody,
            progress,
            cancellationToken);

    /// <summary>Sends a request and reads the answer into memory; a body that breaks is asked for again.</summary>
    /// <param name="create">Makes the request; called for each time it is sent.</param>
    /// <param name="scopes">What the request needs.</param>
    /// <param name="limit">The most bytes to read.</param>
    /// <param name="progress">Hears of requests and retries.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    public async Task<RegistryAnswer> AskAsync(
        Func<HttpRequestMessage> create,
        IReadOnlyList<RegistryScope> scopes,
        int limit,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            HttpResponseMessage response =
                await SendAsync(create, scopes, progress, cancellationToken).ConfigureAwait(false);
            Uri uri = response.RequestMessage!.RequestUri!;
            HttpMethod method = response.RequestMessage.Method;
            try
            {
                return await BufferAsync(response, limit, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (TransportErrors.IsBroken(error))
            {
                // What was written may have been done; only what was read is asked for again.
                if (method != HttpMethod.Get || attempt > Transport.MaximumRetryCount)
                    throw TransportErrors.Create(error, uri);
            }

            TimeSpan pause = Backoff.Next(Transport.RetryInterval, attempt);
            progress?.Report(new TransferEvent
            {
                Kind = TransferEventKind.Retried,
                Message = $"The answer to {RequestText.Describe(method, uri)} broke off; asking again "
                    + $"({attempt} of {Transport.MaximumRetryCount})",
            });
            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the rest of an answer into memory and disposes it.</summary>
    public async Task<RegistryAnswer> BufferAsync(
        HttpResponseMessage response, int limit, CancellationToken cancellationToken)
    {
        using (response)
        {
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            using var idle = new IdleLimit(Transport.IdleTimeout);
            var content = new ArrayBufferWriter<byte>();
            while (content.WrittenCount <= limit)
            {
                int count = await idle
                    .ReadAsync(body, content.GetMemory(MinimumRead), cancellationToken).ConfigureAwait(false);
                // Copied, because a small document that is kept would keep the whole buffer.
                if (count == 0)
                    return new RegistryAnswer(response, content.WrittenSpan.ToArray(), isTruncated: false);
                content.Advance(count);
            }

            return new RegistryAnswer(response, content.WrittenMemory[..limit], isTruncated: true);
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(
        Func<HttpRequestMessage> create,
        AuthenticationHeaderValue? authorization,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        Uri? target = null;
        for (int hop = 0; ; hop++)
        {
            HttpRequestMessage request = create();
            request.RequestUri = target ?? request.RequestUri!;
            bool isOwn = IsOwn(request.RequestUri);
            if (isOwn)
            {
                request.Headers.Authorization = authorization;
                await Quota.WaitAsync(request, cancellationToken).ConfigureAwait(false);
            }

            HttpClient client = isOwn || _policy.Trusts(request.RequestUri)
                ? _client
                : await _foreignClient.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            HttpResponseMessage response = await HttpExchange
                .SendAsync(client, request, progress, cancellationToken).ConfigureAwait(false);
            if (isOwn)
                Quota.Learn(response);
            if (RedirectOf(request, response) is not { } next)
                return response;

            response.Dispose();
            RedirectPolicy.Ensure(request.RequestUri, next);
            if (hop == MaximumRedirects)
            {
                throw new OciException(
                    OciErrorCode.UnsafeRedirect,
                    $"{BaseUri.Authority} redirects a request more than {MaximumRedirects} times. "
                        + "It was given up; ask the registry's operator.",
                    BaseUri.Authority);
            }

            target = next;
        }
    }

    private Task<HttpClient> RealmClientAsync(Uri realm) =>
        HostPlace.Of(realm) == HostPlace.Of(BaseUri) || _policy.Trusts(realm)
            ? Task.FromResult(_client)
            : _foreignClient.Value;

    // The client certificate tells who is calling, which is the registry's business alone.
    private async Task<HttpClient> CreateForeignClientAsync(IHttpClientSource http) => http.GetClient(Transport with
    {
        ClientCertificate = null,
        Reach = await HostPlace.ResolveAsync(HostPlace.Of(BaseUri)).ConfigureAwait(false),
    });

    private bool IsOwn(Uri uri) => RedirectPolicy.IsSameOrigin(uri, BaseUri);

    private static Uri? RedirectOf(HttpRequestMessage request, HttpResponseMessage response)
    {
        bool isRead = request.Method == HttpMethod.Get || request.Method == HttpMethod.Head;
        bool isRedirect = response.StatusCode switch
        {
            HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther => isRead,
            HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect => true,
            _ => false,
        };
        return isRedirect && Uri.TryCreate(request.RequestUri, response.Headers.Location, out Uri? target)
            ? target
            : null;
    }
}
