namespace OciTools.Registry.Auth;

/// <summary>One fetch of a token, and how many wait for it.</summary>
internal sealed class TokenFetch
{
    private readonly CancellationTokenSource _cancellation = new();

    public TokenFetch(Func<TokenFetch, CancellationToken, Task<BearerToken>> fetchAsync) =>
        Task = System.Threading.Tasks.Task.Run(() => fetchAsync(this, _cancellation.Token));

    public Task<BearerToken> Task { get; }

    public int Waiters { get; set; }

    public void Cancel() => _cancellation.Cancel();
}
