using System.Net;
using System.Net.Sockets;

namespace OciTools.Tests.Registry;

/// <summary>Stands before a server, and breaks the first connection that carries more bytes than a limit.</summary>
internal sealed class BreakingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly long _limit;
    private readonly Task _running;
    private int _breaks = 1;

    public BreakingRelay(Uri server, long limit)
    {
        _server = server;
        _limit = limit;
        _listener.Start();
        _running = RunAsync();
    }

    /// <summary>The host and port, as in references.</summary>
    public string Host => _listener.LocalEndpoint.ToString()!;

    public bool HasBroken => Volatile.Read(ref _breaks) == 0;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
                connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
                await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), isUpload: true),
                    CopyAsync(server.GetStream(), client.GetStream(), isUpload: false));
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
            {
                // One side has left, which ends the other.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool isUpload)
    {
        byte[] buffer = new byte[16 * 1024];
        long total = 0;
        while (await from.ReadAsync(buffer, _stop.Token) is var count and > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            total += count;
            if (isUpload && total > _limit && Interlocked.Exchange(ref _breaks, 0) > 0)
                return;
        }
    }
}
