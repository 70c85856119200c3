using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace OciTools.Testing;

/// <summary>One connection through a <see cref="LatencyProxy"/>.</summary>
/// <param name="client">The connection from the client.</param>
/// <param name="options">What is done to it.</param>
/// <param name="number">Which connection of the proxy it is; the first is 1.</param>
/// <param name="traffic">Counts what passes.</param>
internal sealed class LatencyProxyConnection(
    Socket client, LatencyProxyOptions options, int number, LatencyProxyTraffic traffic)
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    };

    public async Task RunAsync(EndPoint target, CancellationToken cancellationToken)
    {
        client.NoDelay = true;

        // The kernel accepts at once. Over a real network a client sends its first byte one round trip later.
        long established = Stopwatch.GetTimestamp() + DelayLine.Ticks(2 * options.Delay);
        try
        {
            await _server.ConnectAsync(target, cancellationToken);
            var up = new DelayLine(
                client, _server, options.Delay, options.BytesPerSecond, traffic.AddUp, notBefore: established);
            var down = new DelayLine(
                _server,
                client,
                options.Delay,
                options.BytesPerSecond,
                traffic.AddDown,
                cutAfter: number <= options.CutConnections ? options.CutAfter : null);
            await Task.WhenAll(RunAsync(up, cancellationToken), RunAsync(down, cancellationToken));
        }
        catch (Exception exception)
            when (exception is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has gone; so does the other.
        }
        finally
        {
            client.Dispose();
            _server.Dispose();
        }
    }

    /// <summary>Resets both sides.</summary>
    public void Break()
    {
        client.Close(0);
        _server.Close(0);
    }

    private async Task RunAsync(DelayLine line, CancellationToken cancellationToken)
    {
        try
        {
            if (await line.RunAsync(cancellationToken))
                return;
            client.Dispose();
            _server.Dispose();
        }
        catch
        {
            Break();
            throw;
        }
    }
}
