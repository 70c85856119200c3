using System.Net;
using System.Net.Sockets;
using OciTools.Registry;
using OciTools.Transport;

namespace OciTools.Http;

/// <summary>
/// Connects to servers that another server named, but not to one that is nearer to this computer: the address is judged
/// that is connected to, so that a name which resolves to one address now and to another later gains nothing.
/// </summary>
internal sealed class ConnectGuard(NetworkPlace reach)
{
    /// <exception cref="OciException">
    /// All addresses of the name are too near. The connection fails with this as the inner exception.
    /// </exception>
    public async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        DnsEndPoint server = context.DnsEndPoint;
        IPAddress[] addresses =
            await Dns.GetHostAddressesAsync(server.Host, cancellationToken).ConfigureAwait(false);
        if (!IsProxy(server, context.InitialRequestMessage.RequestUri!))
            addresses = Allowed(server.Host, addresses);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, server.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A proxy is often in the private network, and resolves the name itself.
    private static bool IsProxy(DnsEndPoint server, Uri target) =>
        server.Port != target.Port || !server.Host.Equals(target.IdnHost, StringComparison.OrdinalIgnoreCase);

    private IPAddress[] Allowed(string host, IPAddress[] addresses)
    {
        IPAddress[] allowed = [.. addresses.Where(address => HostPlace.Find(address) <= reach)];
        return allowed.Length > 0 || addresses.Length == 0 ? allowed : throw new OciException(
            OciErrorCode.UnsafeRedirect,
            $"The registry sends a request to {DisplayText.Sanitize(host)}, whose address {addresses[0]} is one of "
                + "this computer or of a private network. It was not followed; if that is right, trust the host "
                + $"(-TrustedRealm '{DisplayText.Sanitize(host)}').",
            host);
    }
}
