using System.Diagnostics;
using System.Net.Sockets;
using OciTools.Testing;

namespace OciTools.Tests.Support;

/// <summary>The proxy that makes the loopback a far network.</summary>
public sealed class LatencyProxyTests : IAsyncLifetime
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 3_000_000).Select(i => (byte)(i % 241))];

    private TestRegistry _registry = null!;
    private string _path = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _path = $"/v2/a/blobs/{_registry.AddBlob("a", s_content).Digest}";
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Bytes_pass_in_order_and_no_sooner_than_the_network_allows()
    {
        await using var proxy = LatencyProxy.Start(_registry.Port, delayMilliseconds: 20);
        using HttpClient client = Client(proxy);
        long start = Stopwatch.GetTimestamp();

        Assert.Equal(s_content, await client.GetByteArrayAsync(_path, Cancel));

        // One round trip for the connection, one for the request.
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(80));
        Assert.Equal(1, proxy.ConnectionCount);
    }

    [Fact]
    public async Task The_first_connections_are_cut_and_all_bytes_counted()
    {
        var options = new LatencyProxyOptions { CutAfter = 100, CutConnections = 1 };
        await using var proxy = LatencyProxy.Start(_registry.Port, options);
        using HttpClient client = Client(proxy);

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetByteArrayAsync(_path, Cancel));
        Assert.Equal(100, proxy.BytesToClients);
        Assert.Equal(s_content, await client.GetByteArrayAsync(_path, Cancel));

        Assert.InRange(proxy.BytesToClients, s_content.Length + 100, s_content.Length + 1000);
        Assert.InRange(proxy.BytesFromClients, 1, 1000);
    }

    [Fact]
    public async Task Uploads_pass_as_well()
    {
        await using var proxy = LatencyProxy.Start(_registry.Port, delayMilliseconds: 1);
        using HttpClient client = Client(proxy);
        var digest = Digest.Compute(s_content);

        using HttpResponseMessage response = await client.PostAsync(
            $"/v2/b/blobs/uploads/?digest={digest}", new ByteArrayContent(s_content), Cancel);

        response.EnsureSuccessStatusCode();
        Assert.Equal(s_content, _registry.GetBlob("b", digest));
    }

    [Fact]
    public async Task Bandwidth_is_limited()
    {
        await using var proxy =
            LatencyProxy.Start(_registry.Port, new LatencyProxyOptions { BytesPerSecond = 30_000_000 });
        using HttpClient client = Client(proxy);
        long start = Stopwatch.GetTimestamp();

        Assert.Equal(s_content, await client.GetByteArrayAsync(_path, Cancel));

        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(80));
    }

    [Fact]
    public async Task A_connection_is_cut_after_so_many_bytes()
    {
        await using var proxy = LatencyProxy.Start(_registry.Port, new LatencyProxyOptions { CutAfter = 10_000 });
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", proxy.Port, Cancel);
        await client.GetStream().WriteAsync(
            System.Text.Encoding.ASCII.GetBytes($"GET {_path} HTTP/1.1\r\nHost: {_registry.Host}\r\n\r\n"), Cancel);
        using var received = new MemoryStream();

        await client.GetStream().CopyToAsync(received, Cancel);

        Assert.Equal(10_000, received.Length);
    }

    [Fact]
    public async Task Connections_break_and_are_refused_on_demand()
    {
        await using var proxy = LatencyProxy.Start(_registry.Port);
        using HttpClient client = Client(proxy);
        Fault stall = _registry.Faults.Add(Fault.On("GET", "/blobs/").StallBeforeHeaders());
        Task<byte[]> reading = client.GetByteArrayAsync(_path, Cancel);
        await stall.Reached.WaitAsync(Cancel);

        proxy.BreakConnections();

        await Assert.ThrowsAsync<HttpRequestException>(() => reading);
        proxy.Options.Refuses = true;
        // A connection that breaks while it is made comes as the bare exception of its socket.
        Exception refused = await Assert.ThrowsAnyAsync<Exception>(() => client.GetByteArrayAsync(_path, Cancel));
        Assert.True(refused is HttpRequestException or SocketException);
        proxy.Options.Refuses = false;
        Assert.Equal(s_content, await client.GetByteArrayAsync(_path, Cancel));
        Assert.True(proxy.ConnectionCount >= 3);
    }

    private static HttpClient Client(LatencyProxy proxy) => new() { BaseAddress = new Uri($"http://{proxy.Host}") };
}
