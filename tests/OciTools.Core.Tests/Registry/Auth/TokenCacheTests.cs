using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class TokenCacheTests
{
    private static readonly ScopeSet s_pull = ScopeSet.Parse("repository:a:pull");
    private static readonly ScopeSet s_push = ScopeSet.Parse("repository:a:pull,push");

    private readonly ManualTime _time = new();
    private readonly TokenCache _cache;
    private readonly TaskCompletionSource _started = new();
    private int _fetches;

    public TokenCacheTests() => _cache = new TokenCache(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_fetched_once_while_it_is_good()
    {
        BearerToken first = await GetAsync(s_pull);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Same(first, await GetAsync(s_pull));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotSame(first, await GetAsync(s_pull));
        Assert.Equal(2, _fetches);
    }

    [Fact]
    public async Task A_wider_token_serves_and_a_narrower_one_does_not()
    {
        BearerToken pull = await GetAsync(s_pull);
        BearerToken push = await GetAsync(s_push);
        Assert.NotSame(pull, push);
        Assert.Same(pull, _cache.Remove(pull.Value));
        Assert.Same(push, await GetAsync(s_pull));
    }

    [Fact]
    public async Task A_token_serves_only_who_asked_for_it()
    {
        RegistryCredential alice = RegistryCredential.FromPassword("alice", "a", "here");
        RegistryCredential bob = RegistryCredential.FromPassword("bob", "b", "here");
        BearerToken anonymous = await GetAsync(s_pull);
        BearerToken ofAlice = await GetAsync(s_pull, alice);
        Assert.NotSame(anonymous, ofAlice);
        Assert.NotSame(ofAlice, await GetAsync(s_pull, bob));
        Assert.Same(ofAlice, await GetAsync(s_pull, RegistryCredential.FromPassword("alice", "a", "here")));
    }

    [Fact]
    public async Task A_dropped_token_is_fetched_again()
    {
        BearerToken token = await GetAsync(s_pull);
        Assert.Same(token, _cache.Remove(token.Value));
        Assert.Null(_cache.Remove(token.Value));
        Assert.NotSame(token, await GetAsync(s_pull));
    }

    [Fact]
    public async Task All_who_wait_share_one_fetch()
    {
        var answer = new TaskCompletionSource();
        Task<BearerToken>[] waiters = [.. Enumerable.Range(0, 50).Select(_ => GetAsync(s_pull, wait: answer.Task))];
        answer.SetResult();
        BearerToken[] tokens = await Task.WhenAll(waiters);
        Assert.Single(tokens.Distinct());
        Assert.Equal(1, _fetches);
    }

    [Fact]
    public async Task Who_stops_waiting_leaves_the_fetch_to_the_others()
    {
        var answer = new TaskCompletionSource();
        using var impatience = new CancellationTokenSource();
        Task<BearerToken> leaving = GetAsync(s_pull, wait: answer.Task, impatience: impatience);
        Task<BearerToken> staying = GetAsync(s_pull, wait: answer.Task);
        await _started.Task.WaitAsync(Cancel);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        answer.SetResult();
        await staying;
        Assert.Equal(1, _fetches);
    }

    [Fact]
    public async Task The_last_one_to_stop_waiting_ends_the_fetch()
    {
        var ended = new TaskCompletionSource();
        using var impatience = new CancellationTokenSource();
        Task<BearerToken> leaving = _cache.GetAsync(s_pull, null, async stop =>
        {
            using CancellationTokenRegistration registration = stop.Register(ended.SetResult);
            await ended.Task;
            stop.ThrowIfCancellationRequested();
            return Token(s_pull, null);
        }, impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        await ended.Task.WaitAsync(Cancel);
        await GetAsync(s_pull);
        Assert.Equal(1, _fetches);
    }

    [Fact]
    public async Task A_failure_reaches_all_who_wait_and_is_not_kept()
    {
        var answer = new TaskCompletionSource();
        Task<BearerToken> first = GetAsync(s_pull, wait: answer.Task);
        Task<BearerToken> second = GetAsync(s_pull, wait: answer.Task);
        answer.SetException(new InvalidOperationException("no luck"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        await Assert.ThrowsAsync<InvalidOperationException>(() => second);
        await GetAsync(s_pull);
        Assert.Equal(2, _fetches);
    }

    private Task<BearerToken> GetAsync(
        ScopeSet scopes,
        RegistryCredential? credential = null,
        Task? wait = null,
        CancellationTokenSource? impatience = null) => _cache.GetAsync(scopes, credential, async stop =>
    {
        Interlocked.Increment(ref _fetches);
        _started.TrySetResult();
        await (wait ?? Task.CompletedTask).WaitAsync(stop);
        return Token(scopes, credential);
    }, impatience?.Token ?? Cancel);

    private BearerToken Token(ScopeSet scopes, RegistryCredential? credential) => new()
    {
        Value = Guid.NewGuid().ToString(),
        Scopes = scopes,
        Credential = credential,
        Challenge = new AuthChallenge("Bearer", null, new Dictionary<string, string>()),
        FetchedAt = _time.GetUtcNow(),
        ExpiresAt = _time.GetUtcNow() + TimeSpan.FromSeconds(60),
        IsReplacement = false,
    };
}
