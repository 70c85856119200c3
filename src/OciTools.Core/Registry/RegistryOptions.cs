using System.Net;
using OciTools.Registry;
using OciTools.Transport;

namespace OciTools;

/// <summary>How one caller wants to talk to registries.</summary>
public sealed record RegistryOptions
{
    /// <summary>The credential for the registry; null to look in the session and in the credential files.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>Whether to send no credential at all.</summary>
    public bool Anonymous { get; init; }

    /// <summary>
    /// Token services (<c>host</c> or <c>host:port</c>) that may be given the registry's credentials although they are
    /// in another domain, and that may be in a private network.
    /// </summary>
    /// <value>Empty by default: only token services of the registry's own domain are trusted.</value>
    public IReadOnlyList<string> TrustedRealm { get; init; } = [];

    /// <summary>Whether to use http; null (the default) means https, but http for loopback addresses.</summary>
    public bool? PlainHttp { get; init; }

    /// <summary>
    /// Bounds the bytes of blobs that move in a second; shared by all who are given the same object. Null (the default)
    /// for no bound.
    /// </summary>
    public BandwidthLimit? Bandwidth { get; init; }

    internal QuotaNotices QuotaNotices { get; } = new();

    /// <summary>How connections are made.</summary>
    public TransportProfile Transport { get; init; } = new();
}
