using System.Net;
using System.Net.Http.Headers;

namespace OciTools.Registry.Auth;

/// <summary>
/// Signs requests to one registry in. It remembers how the registry wants that and the tokens it got, so that all the
/// operations of a session share them. Safe for concurrent use.
/// </summary>
/// <remarks>
/// The flow is that of "Docker Registry v2 authentication via central service" and of RFC 7617. Nothing is sent before
/// the registry has asked for it, and nothing to any other host than the registry and the token service that the
/// policy accepts.
/// </remarks>
internal sealed class RegistryAuthenticator
{
    private const string Bearer = "Bearer";
    private const string InsufficientScope = "insufficient_scope";

    // A replacement that is refused this soon was never any good, so that another would not be either. Later, it is
    // the token's lifetime that the service got wrong.
    private static readonly TimeSpan s_trialPeriod = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_longestMargin = TimeSpan.FromSeconds(30);

    private readonly Uri _registryBase;
    private readonly RealmPolicy _policy;
    private readonly TimeProvider _time;
    private readonly CredentialLookup _credentials;
    private readonly AuthFailure _failure;
    private readonly TokenClient _client;
    private readonly TokenCache _tokens;
    private volatile AuthChallenge? _challenge;

    /// <summary>Creates the authenticator of a registry.</summary>
    /// <param name="registryBase">Where requests go, for example <c>https://registry-1.docker.io/</c>.</param>
    /// <param name="registry">What references call it, for example <c>docker.io</c>.</param>
    /// <param name="options">The caller's wishes.</param>
    /// <param name="credentials">Where credentials are found.</param>
    /// <param name="clientFor">The client that a token service is asked with.</param>
    /// <param name="policy">Which token services may be asked.</param>
    /// <param name="time">The clock; the system's by default.</param>
    public RegistryAuthenticator(
        Uri registryBase,
        string registry,
        RegistryOptions options,
        CredentialResolver credentials,
        Func<Uri, Task<HttpClient>> clientFor,
        RealmPolicy policy,
        TimeProvider? time = null)
    {
        _registryBase = registryBase;
        _policy = policy;
        _time = time ?? TimeProvider.System;
        _credentials = credentials.For(registry, options);
        _failure = new AuthFailure(registry, options, _credentials);
        _client = new TokenClient(clientFor, options.Transport.IdleTimeout, _failure, _time);
        _tokens = new TokenCache(_time);
    }

    /// <summary>How the registry has callers sign in, <c>Basic</c> or <c>Bearer</c>; null until it has asked.</summary>
    public string? Scheme => _challenge switch
    {
        null => null,
        { IsBasic: true } => "Basic",
        _ => Bearer,
    };

    /// <summary>The credential for a repository, or for the registry as such; null when there is none.</summary>
    public Task<RegistryCredential?> FindCredentialAsync(
        string? repository, IProgress<TransferEvent>? progress, CancellationToken cancellationToken) =>
        _credentials.FindAsync(repository, progress, cancellationToken);

    /// <summary>
    /// The header to send with a request that needs these scopes; null while the registry has not asked for one, or
    /// when there is none to be had. Fetches a token when one is needed.
    /// </summary>
    public async ValueTask<AuthenticationHeaderValue?> GetHeaderAsync(
        IReadOnlyList<RegistryScope> scopes, IProgress<TransferEvent>? progress, CancellationToken cancellationToken)
    {
        if (_challenge is not { } challenge)
            return null;

        RegistryCredential? credential = await FindAsync(scopes, progress, cancellationToken).ConfigureAwait(false);
        if (challenge.IsBasic)
            return credential?.ToBasicHeader();

        try
        {
            return await GetBearerAsync(
                challenge, ScopeSet.Of(scopes), credential, isReplacement: false, progress, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (OciException exception) when (exception.Code is OciErrorCode.AuthenticationFailed
            or OciErrorCode.RegistryProtocol or OciErrorCode.UnsafeAuthRealm)
        {
            // The challenge was another repository's. JFrog Artifactory names a token service for each, and some
            // registries ask for nothing where a repository is public: this one's own challenge tells.
            return null;
        }
    }

    /// <summary>Answers a 401: the header to send the request with again.</summary>
    /// <param name="unauthorized">The answer.</param>
    /// <param name="scopes">The scopes that the request needs.</param>
    /// <param name="sent">The header that was sent, or null.</param>
    /// <param name="progress">Who hears of decisions, warnings and retries.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The header; null when not the registry itself asks, but a host that it redirects to.</returns>
    /// <exception cref="OciException">
    /// There is no credential, or the registry or its token service does not accept it
    /// (<see cref="OciErrorCode.AuthenticationFailed"/>) or says that it does not suffice
    /// (<see cref="OciErrorCode.AccessDenied"/>); or the token service is not to be trusted
    /// (<see cref="OciErrorCode.UnsafeAuthRealm"/>), or not usable.
    /// </exception>
    public async Task<AuthenticationHeaderValue?> AnswerAsync(
        HttpResponseMessage unauthorized,
        IReadOnlyList<RegistryScope> scopes,
        AuthenticationHeaderValue? sent,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        if (!RedirectPolicy.IsSameOrigin(unauthorized.RequestMessage!.RequestUri!, _registryBase))
            return null;

        string? refusedToken = sent?.Scheme == Bearer ? sent.Parameter : null;
        BearerToken? refused = refusedToken is null ? null : _tokens.Remove(refusedToken);
        AuthChallenge challenge = Choose(AuthChallengeParser.Parse(unauthorized.Headers), refused);
        RegistryCredential? credential = await FindAsync(scopes, progress, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<RegistryError> errors = await _client
            .ReadErrorsAsync(unauthorized, credential, cancellationToken).ConfigureAwait(false);
        // Its connection must be free before a token is fetched: as many callers as a host may have connections would
        // wait for one more.
        unauthorized.Content.Dispose();
        ScopeSet wanted = ScopeSet.Of(scopes);
        if (refusedToken is not null && challenge.Error == InsufficientScope)
            wanted = wanted.Union(ScopeSet.Parse(challenge.Scope));
        try
        {
            AuthenticationHeaderValue? header = null;
            if (challenge.IsBasic)
            {
                header = credential?.ToBasicHeader() ?? throw _failure.PasswordMissing(credential);
            }
            else if (refused is not { IsReplacement: true } || !IsFresh(refused))
            {
                header = await GetBearerAsync(
                    challenge, wanted, credential, isReplacement: refusedToken is not null, progress, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (header is null || header.Equals(sent))
                throw Refused(unauthorized.StatusCode, errors, credential, wanted);

            _challenge = challenge;
            return header;
        }
        catch (OciException exception) when (exception.Code == OciErrorCode.AuthenticationFailed)
        {
            // The user may sign in elsewhere now: the next request starts afresh.
            _challenge = null;
            await _credentials.ForgetAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private AuthChallenge Choose(IReadOnlyList<AuthChallenge> challenges, BearerToken? refused)
    {
        AuthChallenge? offered = challenges.FirstOrDefault(challenge => challenge.IsBearer)
            ?? challenges.FirstOrDefault(challenge => challenge.IsBasic);

        // A token that was good for a while is renewed where it came from. NVIDIA's nvcr.io names another service to
        // those who come with an expired token, and Docker's dhi.io named none.
        bool isWornOut = refused is not null && !IsFresh(refused) && offered?.Error != InsufficientScope;
        return isWornOut || offered is null
            ? refused?.Challenge ?? throw _failure.NoUsableChallenge(challenges)
            : offered;
    }

    private bool IsFresh(BearerToken token) => _time.GetUtcNow() - token.FetchedAt < s_trialPeriod;

    private Task<RegistryCredential?> FindAsync(
        IReadOnlyList<RegistryScope> scopes, IProgress<TransferEvent>? progress, CancellationToken cancellationToken) =>
        _credentials.FindAsync(scopes.Count == 0 ? null : scopes[0].Repository, progress, cancellationToken);

    private async Task<AuthenticationHeaderValue> GetBearerAsync(
        AuthChallenge challenge,
        ScopeSet wanted,
        RegistryCredential? credential,
        bool isReplacement,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        if (credential?.RegistryToken is { } given)
            return new(Bearer, given);

        BearerToken token = await _tokens.GetAsync(wanted, credential, FetchAsync, cancellationToken)
            .ConfigureAwait(false);
        return token.ToHeader();

        async Task<BearerToken> FetchAsync(CancellationToken stop)
        {
            Uri realm = _policy.Check(challenge.Realm!, _registryBase, credential is not null);
            var request = new TokenRequest
            {
                Realm = realm,
                Service = challenge.Service,
                Scopes = wanted,
                Credential = credential,
                Progress = progress,
            };
            TokenAnswer answer = await _client.FetchAsync(request, stop).ConfigureAwait(false);
            DateTimeOffset now = _time.GetUtcNow();
            return new BearerToken
            {
                Value = answer.Token,
                Scopes = wanted,
                Credential = credential,
                Challenge = challenge,
                FetchedAt = now,
                ExpiresAt = now + answer.Lifetime - Margin(answer.Lifetime),
                IsReplacement = isReplacement,
            };
        }
    }

    // A request on its way must arrive before its token expires.
    private static TimeSpan Margin(TimeSpan lifetime) =>
        lifetime / 5 < s_longestMargin ? lifetime / 5 : s_longestMargin;

    private RegistryException Refused(
        HttpStatusCode status, IReadOnlyList<RegistryError> errors, RegistryCredential? credential, ScopeSet wanted)
    {
        // The token service knows the caller, and the registry does not let that caller in.
        bool isDenied = credential is not null && errors.Any(error => error.Code == "DENIED");
        OciErrorCode code = isDenied ? OciErrorCode.AccessDenied : OciErrorCode.AuthenticationFailed;
        return _failure.Refused(code, credential, wanted, status, errors);
    }
}
