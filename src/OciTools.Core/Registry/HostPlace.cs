using System.Net;
using System.Net.Sockets;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>Tells hosts of the public internet from those that only this computer or its network can reach.</summary>
internal static class HostPlace
{
    private const int EmbeddedAddress = 12;

    private static readonly IPNetwork[] s_privateNetworks = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/127", "64:ff9b:1::/48", "fc00::/7", "fe80::/10",
        "fec0::/10", "ff00::/8");

    // AWS, Azure, Google and others; AWS by IPv6; Alibaba; Oracle; Azure's host.
    private static readonly IPNetwork[] s_metadataNetworks = Networks(
        "169.254.0.0/16", "fd00:ec2::/32", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32");

    // Its last four bytes are the IPv4 address that a network without IPv4 is led to (RFC 6052).
    private static readonly IPNetwork s_translated = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>
    /// The host in the form that the other methods compare: no brackets, no final dot, lower case. Empty for a name
    /// that no host can have.
    /// </summary>
    public static string Of(Uri uri)
    {
        try
        {
            return uri.IdnHost.TrimEnd('.').ToLowerInvariant();
        }
        catch (UriFormatException)
        {
            // Only some of the characters that IDN forbids are noticed when the address is parsed.
            return "";
        }
    }

    /// <summary>The place of an address or of a name that says it; other names count as the internet's.</summary>
    public static NetworkPlace Find(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
            return Find(address);
        if (host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal))
            return NetworkPlace.ThisComputer;
        return host == "metadata.google.internal" ? NetworkPlace.Metadata : NetworkPlace.Internet;
    }

    public static NetworkPlace Find(IPAddress address)
    {
        address = Unmapped(address);
        return s_metadataNetworks.Any(network => network.Contains(address)) ? NetworkPlace.Metadata
            : IPAddress.IsLoopback(address) ? NetworkPlace.ThisComputer
            : s_privateNetworks.Any(network => network.Contains(address)) ? NetworkPlace.PrivateNetwork
            : NetworkPlace.Internet;
    }

    /// <summary>
    /// The place that a name leads to, and the furthest if there are several; the internet for an unknown name.
    /// </summary>
    public static async Task<NetworkPlace> ResolveAsync(string host)
    {
        if (Find(host) is var known and not NetworkPlace.Internet)
            return known;
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(host).ConfigureAwait(false);
            return addresses.Select(Find).DefaultIfEmpty(NetworkPlace.Internet).Min();
        }
        catch (SocketException)
        {
            // Only a proxy may know the name.
            return NetworkPlace.Internet;
        }
    }

    // A scope id would keep a link-local address out of its network.
    private static IPAddress Unmapped(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        byte[] bytes = address.GetAddressBytes();
        return s_translated.Contains(address) ? new IPAddress(bytes.AsSpan(EmbeddedAddress)) : new IPAddress(bytes);
    }

    private static IPNetwork[] Networks(params string[] networks) =>
        [.. networks.Select(network => IPNetwork.Parse(network))];
}
