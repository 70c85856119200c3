using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace OciTools.Http;

/// <summary>
/// Decides on a server's certificate: what the system trusts, and what chains to one of the caller's own authorities.
/// </summary>
internal sealed class ServerCertificateCheck(X509Certificate2Collection? authorities, bool acceptAny)
{
    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <exception cref="OciException">
    /// The certificate is refused. The connection fails with this as the inner exception, which keeps the reason.
    /// </exception>
    public bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (acceptAny || errors == SslPolicyErrors.None)
            return true;

        // The name must fit whoever signed, so only a chain error can be mended by an authority of the caller's.
        if (errors == SslPolicyErrors.RemoteCertificateChainErrors
            && certificate is X509Certificate2 leaf
            && ChainsToAuthority(leaf, chain))
            return true;

        string host = (sender as SslStream)?.TargetHostName ?? "the server";
        throw new OciException(
            OciErrorCode.CertificateUntrusted,
            $"The certificate of {DisplayText.Sanitize(host)} is not trusted: {Reason(errors, chain)}. "
                + "Give its authority with -CertificateAuthority, or use -SkipCertificateCheck on a network you trust.",
            host);
    }

    private bool ChainsToAuthority(X509Certificate2 leaf, X509Chain? presented)
    {
        if (authorities is null)
            return false;

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(s_serverAuthentication);
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(authorities);
        foreach (X509ChainElement element in presented?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);

        // The intermediates that the server sent, which the system may not have put in a chain.
        if (presented is not null)
            chain.ChainPolicy.ExtraStore.AddRange(presented.ChainPolicy.ExtraStore);

        return chain.Build(leaf);
    }

    private static string Reason(SslPolicyErrors errors, X509Chain? chain)
    {
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
            return "it presented none";

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return "it was issued for another name";

        X509ChainStatusFlags status = (chain?.ChainStatus ?? []).Aggregate(
            X509ChainStatusFlags.NoError, (all, next) => all | next.Status);
        return (status & X509ChainStatusFlags.NotTimeValid) != 0
            ? "it has expired or is not valid yet"
            : $"its chain does not end at a trusted authority ({status})";
    }
}
