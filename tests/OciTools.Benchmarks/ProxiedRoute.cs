using OciTools.Testing;

namespace OciTools.Benchmarks;

/// <summary>A way to the registries through proxies, which delay what passes and count the connections.</summary>
/// <param name="home">The port of the registry with the images.</param>
/// <param name="away">The port of the other registry.</param>
/// <param name="delay">The milliseconds that are added to each round trip.</param>
internal sealed class ProxiedRoute(int home, int away, int delay) : IAsyncDisposable
{
    private readonly LatencyProxy _home = LatencyProxy.Start(home, delay / 2.0);
    private readonly LatencyProxy _away = LatencyProxy.Start(away, delay / 2.0);

    public Route Route => new(_home.Host, _away.Host);

    public int ConnectionCount => _home.ConnectionCount + _away.ConnectionCount;

    public async ValueTask DisposeAsync()
    {
        await _home.DisposeAsync();
        await _away.DisposeAsync();
    }
}
