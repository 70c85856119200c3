using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OciTools.Transport;

namespace OciTools.Http;

/// <summary>A transport profile whose certificate files have been read.</summary>
internal sealed class ConnectionSettings
{
    private readonly X509Certificate2Collection? _authorities;

    private ConnectionSettings(TransportProfile profile, X509Certificate2Collection? authorities)
    {
        Profile = profile;
        _authorities = authorities;
    }

    public TransportProfile Profile { get; }

    public static ConnectionSettings Load(TransportProfile profile)
    {
        if (profile.ClientCertificate is { HasPrivateKey: false } certificate)
        {
            throw new OciException(
                OciErrorCode.CertificateInvalid,
                $"The client certificate '{DisplayText.Sanitize(certificate.Subject)}' has no private key. "
                    + "Use one that was imported with its key.",
                certificate.Subject);
        }

        return new(profile, profile.CertificateAuthorityPath is { } path ? ReadAuthorities(path) : null);
    }

    /// <remarks>
    /// Requests are HTTP/1.1, which is <see cref="HttpRequestMessage"/>'s default: a layer then has a connection, and a
    /// TCP window, of its own. HTTP/2 over TLS took four layers at once at 60 % of the speed, for 1.6 times the work.
    /// </remarks>
    public SocketsHttpHandler CreateHandler()
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            // Unpacked content would no longer have its digest.
            AutomaticDecompression = DecompressionMethods.None,
            // Harbor ties an upload session to a cookie's CSRF rules; no registry needs one.
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxConnectionsPerServer = TransportProfile.ConnectionsPerHost,
            ConnectTimeout = Profile.ConnectTimeout > TimeSpan.Zero ? Profile.ConnectTimeout : Timeout.InfiniteTimeSpan,
        };
        UseProxy(handler);
        if (Profile.Reach < NetworkPlace.Metadata)
            handler.ConnectCallback = new ConnectGuard(Profile.Reach).ConnectAsync;

        var check = new ServerCertificateCheck(_authorities, Profile.SkipCertificateCheck);
        handler.SslOptions.RemoteCertificateValidationCallback = check.Accept;
        if (Profile.ClientCertificate is { } certificate)
        {
            handler.SslOptions.ClientCertificateContext =
                SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        return handler;
    }

    private void UseProxy(SocketsHttpHandler handler)
    {
        handler.UseProxy = !Profile.NoProxy;
        handler.DefaultProxyCredentials = Profile.ProxyCredential;
        if (Profile.Proxy is { } proxy && !Profile.NoProxy)
            handler.Proxy = new WebProxy(proxy) { Credentials = Profile.ProxyCredential };
    }

    private static X509Certificate2Collection ReadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new OciException(
                OciErrorCode.CertificateInvalid,
                $"The certificate authorities in '{DisplayText.Sanitize(path)}' cannot be read: {error.Message} "
                    + "Give a PEM file that you can read.",
                path,
                error);
        }

        if (authorities.Count == 0)
        {
            throw new OciException(
                OciErrorCode.CertificateInvalid,
                $"'{DisplayText.Sanitize(path)}' holds no certificate. Give a PEM file with BEGIN CERTIFICATE lines.",
                path);
        }

        return authorities;
    }
}
