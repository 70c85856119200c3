namespace OciTools.Registry.Auth;

/// <summary>The tokens of one registry, and the fetches under way: one for each set of scopes.</summary>
internal sealed class TokenCache(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<BearerToken> _tokens = [];
    private readonly Dictionary<(string Scopes, RegistryCredential? Credential), TokenFetch> _fetches = [];

    /// <summary>Forgets a token that the registry refused, and returns what was known of it.</summary>
    public BearerToken? Remove(string value)
    {
        lock (_lock)
        {
            BearerToken? token = _tokens.Find(held => held.Value == value);
            if (token is not null)
                _tokens.Remove(token);
            return token;
        }
    }

    /// <summary>
    /// A token that serves these scopes and this caller: one that is held, or the one that is being fetched, or a new
    /// one. Whoever stops waiting leaves the fetch to the others; the last one to leave ends it. A failure is not kept.
    /// </summary>
    public async Task<BearerToken> GetAsync(
        ScopeSet scopes,
        RegistryCredential? credential,
        Func<CancellationToken, Task<BearerToken>> fetchAsync,
        CancellationToken cancellationToken)
    {
        (string, RegistryCredential?) key = (scopes.ToString(), credential);
        TokenFetch? fetch;
        lock (_lock)
        {
            if (FindHeld(scopes, credential) is { } held)
                return held;
            if (!_fetches.TryGetValue(key, out fetch))
                _fetches.Add(key, fetch = new TokenFetch((self, token) => FetchAsync(self, key, fetchAsync, token)));
            fetch.Waiters++;
        }

        try
        {
            return await fetch.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                if (--fetch.Waiters == 0)
                {
                    Forget(fetch, key);
                    fetch.Cancel();
                }
            }
        }
    }

    private async Task<BearerToken> FetchAsync(
        TokenFetch fetch,
        (string, RegistryCredential?) key,
        Func<CancellationToken, Task<BearerToken>> fetchAsync,
        CancellationToken cancellationToken)
    {
        try
        {
            BearerToken token = await fetchAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                _tokens.RemoveAll(IsOver);
                _tokens.Add(token);
            }

            return token;
        }
        finally
        {
            lock (_lock)
                Forget(fetch, key);
        }
    }

    private void Forget(TokenFetch fetch, (string, RegistryCredential?) key)
    {
        if (_fetches.GetValueOrDefault(key) == fetch)
            _fetches.Remove(key);
    }

    private BearerToken? FindHeld(ScopeSet scopes, RegistryCredential? credential) =>
        _tokens.Find(token => !IsOver(token) && token.Credential == credential && token.Scopes.Covers(scopes));

    private bool IsOver(BearerToken token) => token.ExpiresAt <= time.GetUtcNow();
}
