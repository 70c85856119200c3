using OciTools.Registry.Auth;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>Requests to one repository of a registry (distribution specification 1.1, "API").</summary>
/// <param name="connection">The registry.</param>
/// <param name="location">The repository, without tag or digest.</param>
/// <param name="access">What requests that read ask for: who will write asks for that at once, for one token.</param>
/// <param name="options">How the caller talks to the registry.</param>
/// <param name="progress">Hears of requests, decisions and retries.</param>
internal sealed class RepositoryApi(
    RegistryConnection connection,
    ImageReference location,
    RegistryAccess access,
    RegistryOptions options,
    IProgress<TransferEvent>? progress)
{
    private readonly IReadOnlyList<RegistryScope> _read = [new(location.Repository!, access)];
    private readonly IReadOnlyList<RegistryScope> _write = [new(location.Repository!, RegistryAccess.Push)];

    public RegistryConnection Connection { get; } = connection;

    /// <summary>The repository, without tag or digest.</summary>
    public ImageReference Location { get; } = location;

    public string Repository { get; } = location.Repository!;

    public BandwidthLimit? Bandwidth { get; } = options.Bandwidth;

    public IProgress<TransferEvent>? Progress { get; } = progress;

    public Uri Url(string path) => new(Connection.BaseUri, $"/v2/{Repository}/{path}");

    public Uri BlobUrl(Digest digest) => Url($"blobs/{digest}");

    public Uri ManifestUrl(string tagOrDigest) => Url($"manifests/{tagOrDigest}");

    /// <summary>Sends a request that reads, and reads its answer.</summary>
    public Task<RegistryAnswer> ReadAsync(
        HttpMethod method, Uri uri, int limit, CancellationToken cancellationToken, string? accept = null) =>
        AskAsync(() => Request(method, uri, accept), _read, limit, cancellationToken);

    /// <summary>Sends a request that writes, and reads its answer.</summary>
    /// <param name="create">Makes the request; called for each time it is sent.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <param name="from">A repository to read from as well, for a mount.</param>
    public Task<RegistryAnswer> WriteAsync(
        Func<HttpRequestMessage> create, CancellationToken cancellationToken, string? from = null)
    {
        IReadOnlyList<RegistryScope> scopes = from is null || from == Repository
            ? _write
            : [.. _write, new RegistryScope(from, RegistryAccess.Pull)];
        return AskAsync(create, scopes, ContentLimits.ErrorBody, cancellationToken);
    }

    /// <summary>Opens a blob; the body of the answer is left to the caller.</summary>
    public Task<HttpResponseMessage> OpenAsync(Func<HttpRequestMessage> create, CancellationToken cancellationToken) =>
        Connection.SendAsync(create, _read, Progress, cancellationToken);

    public RegistryException Error(RegistryAnswer answer, ErrorSubject subject, object? target = null) =>
        RegistryErrors.Create(answer, subject, Location, target ?? Location);

    public void Report(TransferEventKind kind, string message, Descriptor? descriptor = null) =>
        Progress?.Report(new TransferEvent { Kind = kind, Message = message, Descriptor = descriptor });

    public static HttpRequestMessage Request(HttpMethod method, Uri uri, string? accept = null)
    {
        var request = new HttpRequestMessage(method, uri);
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return request;
    }

    /// <summary>A request that writes and may be sent again as it is.</summary>
    public static HttpRequestMessage ReplayableRequest(HttpMethod method, Uri uri, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, uri) { Content = content };
        request.Options.Set(RequestOptions.Replayable, true);
        return request;
    }

    private async Task<RegistryAnswer> AskAsync(
        Func<HttpRequestMessage> create,
        IReadOnlyList<RegistryScope> scopes,
        int limit,
        CancellationToken cancellationToken)
    {
        RegistryAnswer answer =
            await Connection.AskAsync(create, scopes, limit, Progress, cancellationToken).ConfigureAwait(false);
        if (Connection.Quota.FindWarning() is { } warning && options.QuotaNotices.IsFirst(Connection.Registry))
            Progress?.Report(warning);
        return answer;
    }
}
