using System.Net;
using System.Net.Sockets;

namespace OciTools.Registry;

/// <summary>Tells hosts of the public internet from those that only this computer or its network can reach.</summary>
internal static class HostPlace
{
    private static readonly IPNetwork[] s_privateNetworks = [.. new[]
    {
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/127", "64:ff9b::/96", "64:ff9b:1::/48", "fc00::/7",
        "fe80::/10", "fec0::/10", "ff00::/8",
    }.Select(network => IPNetwork.Parse(network))];

    /// <summary>The host in the form that the other methods compare: no brackets, no final dot, lower case.</summary>
    public static string Of(Uri uri) => uri.IdnHost.TrimEnd('.').ToLowerInvariant();

    public static bool IsLoopback(string host) =>
        host == "localhost"
        || host.EndsWith(".localhost", StringComparison.Ordinal)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(Unmapped(address)));

    public static bool IsPrivate(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            address = Unmapped(address);
            return s_privateNetworks.Any(network => network.Contains(address));
        }

        // Google Cloud's metadata service also answers to this name.
        return IsLoopback(host) || host == "metadata.google.internal";
    }

    // A scope id would keep a link-local address out of its network.
    private static IPAddress Unmapped(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes())
        : address;
}
