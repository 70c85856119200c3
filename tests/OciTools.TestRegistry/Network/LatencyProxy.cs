using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace OciTools.Testing;

/// <summary>
/// A TCP proxy on a free port of 127.0.0.1 that makes the loopback behave like a far network: it delays without
/// limiting throughput, limits bandwidth, and breaks connections.
/// </summary>
public sealed class LatencyProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly EndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<LatencyProxyConnection, Task> _connections = new();
    private readonly LatencyProxyTraffic _traffic = new();
    private readonly Task _accepting;
    private int _count;

    private LatencyProxy(EndPoint target, LatencyProxyOptions options)
    {
        _target = target;
        Options = options;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    public LatencyProxyOptions Options { get; }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>The host and port, as in references.</summary>
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>How many connections were made.</summary>
    public int ConnectionCount => Volatile.Read(ref _count);

    /// <summary>How many bytes have passed to clients.</summary>
    public long BytesToClients => _traffic.Down;

    /// <summary>How many bytes have passed from clients.</summary>
    public long BytesFromClients => _traffic.Up;

    /// <summary>Starts a proxy to a port of 127.0.0.1.</summary>
    public static LatencyProxy Start(int targetPort, LatencyProxyOptions? options = null) =>
        new(new IPEndPoint(IPAddress.Loopback, targetPort), options ?? new LatencyProxyOptions());

    /// <summary>Starts a proxy to a port of 127.0.0.1 that delays each direction by so many milliseconds.</summary>
    public static LatencyProxy Start(int targetPort, double delayMilliseconds) =>
        Start(targetPort, new LatencyProxyOptions { Delay = TimeSpan.FromMilliseconds(delayMilliseconds) });

    /// <summary>Breaks all connections (TCP RST); new ones can be made.</summary>
    public void BreakConnections()
    {
        foreach (LatencyProxyConnection connection in _connections.Keys)
            connection.Break();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        BreakConnections();
        await Task.WhenAll(_connections.Values);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                return;
            }

            int number = Interlocked.Increment(ref _count);
            if (Options.Refuses)
            {
                client.Close(0);
                continue;
            }

            var connection = new LatencyProxyConnection(client, Options, number, _traffic);
            var started = new TaskCompletionSource();
            _connections[connection] = RunAsync(connection, started.Task);
            started.SetResult();
        }
    }

    private async Task RunAsync(LatencyProxyConnection connection, Task started)
    {
        await started;
        await connection.RunAsync(_target, _stop.Token);
        _connections.TryRemove(connection, out _);
    }
}
