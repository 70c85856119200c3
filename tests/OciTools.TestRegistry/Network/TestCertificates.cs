using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OciTools.Testing;

/// <summary>An authority made at run time, and the certificates of a server on the loopback and of a client.</summary>
public sealed class TestCertificates
{
    private static readonly Lazy<TestCertificates> s_shared = new(() => new TestCertificates());

    private readonly X509Certificate2 _authority;

    private TestCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        Server = Sign("CN=127.0.0.1", "1.3.6.1.5.5.7.3.1");
        Client = Sign("CN=test client", "1.3.6.1.5.5.7.3.2");

        // The names are those that docker, podman and skopeo --cert-dir look for.
        Directory = System.IO.Directory.CreateTempSubdirectory("oci-certificates-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => System.IO.Directory.Delete(Directory, recursive: true);
        File.WriteAllText(AuthorityPath, _authority.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Directory, "client.cert"), Client.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Directory, "client.key"), KeyPem(Client));
        File.WriteAllText(ServerCertificatePath, Server.ExportCertificatePem());
        File.WriteAllText(ServerKeyPath, KeyPem(Server));
    }

    /// <summary>One set for the whole process.</summary>
    public static TestCertificates Shared => s_shared.Value;

    /// <summary>The certificate of the server, for 127.0.0.1, ::1 and localhost.</summary>
    public X509Certificate2 Server { get; }

    /// <summary>A certificate that the server accepts of clients.</summary>
    public X509Certificate2 Client { get; }

    /// <summary>A directory with <c>ca.crt</c>, <c>client.cert</c> and <c>client.key</c>.</summary>
    public string Directory { get; }

    /// <summary>The PEM file of the authority.</summary>
    public string AuthorityPath => Path.Combine(Directory, "ca.crt");

    /// <summary>The PEM file of the server's certificate.</summary>
    public string ServerCertificatePath => Path.Combine(Directory, "server.pem");

    /// <summary>The PEM file of the server's key.</summary>
    public string ServerKeyPath => Path.Combine(Directory, "server-key.pem");

    /// <summary>Whether a certificate was signed by this authority.</summary>
    internal bool Signed(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate);
    }

    private static string KeyPem(X509Certificate2 certificate)
    {
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private X509Certificate2 Sign(string name, string usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, true, false));
        using X509Certificate2 certificate =
            request.Create(_authority, _authority.NotBefore, _authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = certificate.CopyWithPrivateKey(key);

        // Schannel wants a key that came out of a store.
        return X509CertificateLoader.LoadPkcs12(
            withKey.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}
