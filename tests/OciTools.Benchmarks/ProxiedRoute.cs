using OciTools.Testing;

namespace OciTools.Benchmarks;

/// <summary>
/// A way to the registries through proxies, which delay what passes, let only so much of it pass, and count the
/// connections.
/// </summary>
/// <param name="home">The port of the registry with the images.</param>
/// <param name="away">The port of the other registry.</param>
/// <param name="delay">The milliseconds that are added to each round trip.</param>
/// <param name="rate">The MB per second that each connection carries; 0 for no limit.</param>
internal sealed class ProxiedRoute(int home, int away, int delay, int rate) : IAsyncDisposable
{
    private const long MB = 1_000_000;

    private readonly LatencyProxy _home = Start(home, delay, rate);
    private readonly LatencyProxy _away = Start(away, delay, rate);

    public Route Route => new(_home.Host, _away.Host);

    public int ConnectionCount => _home.ConnectionCount + _away.ConnectionCount;

    public async ValueTask DisposeAsync()
    {
        await _home.DisposeAsync();
        await _away.DisposeAsync();
    }

    private static LatencyProxy Start(int port, int delay, int rate) => LatencyProxy.Start(port, new LatencyProxyOptions
    {
        Delay = TimeSpan.FromMilliseconds(delay / 2.0),
        BytesPerSecond = rate > 0 ? rate * MB : null,
    });
}
