using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace OciTools.Transport;

/// <summary>How connections are made. Equal profiles share one connection pool.</summary>
public sealed record TransportProfile
{
    /// <summary>How many connections a host gets at most.</summary>
    internal const int ConnectionsPerHost = 64;

    /// <summary>
    /// The proxy; null to use what the environment says (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c>).
    /// </summary>
    public Uri? Proxy { get; init; }

    /// <summary>Whether to connect directly, whatever the environment says.</summary>
    public bool NoProxy { get; init; }

    /// <summary>The credential for the proxy, or null.</summary>
    public NetworkCredential? ProxyCredential { get; init; }

    /// <summary>Whether to accept any server certificate. False by default.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>A PEM file of additional certificate authorities to trust, or null.</summary>
    public string? CertificateAuthorityPath { get; init; }

    /// <summary>The certificate to present to servers that ask for one, or null.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The limit to establish a connection.</summary>
    /// <value>30 seconds by default; zero or less means none.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The limit to the headers of an answer, and between two reads of its body.</summary>
    /// <value>60 seconds by default; zero or less means none.</value>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a replayable request is repeated after a fault that may pass.</summary>
    /// <value>5 by default.</value>
    public int MaximumRetryCount { get; init; } = 5;

    /// <summary>The first pause before a repetition; it doubles each time, with jitter.</summary>
    /// <value>250 milliseconds by default.</value>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The size from which a blob is fetched over several connections if one is slow, in bytes.</summary>
    /// <value>64 MiB by default.</value>
    public long ParallelBlobSize { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// How many connections one blob may have; those that are fetched at once from a registry share so many.
    /// </summary>
    /// <value>6 by default; with 1 every blob has one.</value>
    public int BlobConnections { get; init; } = 6;

    /// <summary>The nearest place that a name may lead to; by default all places.</summary>
    internal NetworkPlace Reach { get; init; } = NetworkPlace.Metadata;

    /// <summary>
    /// Whether two profiles make the same connections. Credentials and certificates count by their content.
    /// </summary>
    public bool Equals(TransportProfile? other) => other is not null
        && Proxy == other.Proxy
        && NoProxy == other.NoProxy
        && SkipCertificateCheck == other.SkipCertificateCheck
        && CertificateAuthorityPath == other.CertificateAuthorityPath
        && ConnectTimeout == other.ConnectTimeout
        && IdleTimeout == other.IdleTimeout
        && MaximumRetryCount == other.MaximumRetryCount
        && RetryInterval == other.RetryInterval
        && Reach == other.Reach
        && ParallelBlobSize == other.ParallelBlobSize
        && BlobConnections == other.BlobConnections
        && ClientCertificate?.Thumbprint == other.ClientCertificate?.Thumbprint
        && ProxyCredential?.UserName == other.ProxyCredential?.UserName
        && ProxyCredential?.Password == other.ProxyCredential?.Password
        && ProxyCredential?.Domain == other.ProxyCredential?.Domain;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(
        Proxy, NoProxy, SkipCertificateCheck, CertificateAuthorityPath, IdleTimeout, MaximumRetryCount,
        ClientCertificate?.Thumbprint, Reach);
}
