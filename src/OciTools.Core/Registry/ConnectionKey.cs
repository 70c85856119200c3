using System.Security.Cryptography;
using System.Text;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>
/// What must be equal for two callers to share a connection: the registry, how it is reached, and who calls.
/// </summary>
internal sealed record ConnectionKey(
    string Registry,
    bool? PlainHttp,
    bool Anonymous,
    string? Identity,
    string TrustedRealms,
    TransportProfile Transport)
{
    public static ConnectionKey For(ImageReference reference, RegistryOptions options) => new(
        reference.Registry ?? throw new ArgumentException("The reference is not to a registry.", nameof(reference)),
        options.PlainHttp,
        options.Anonymous,
        options.Credential is { } given ? IdentityOf(given.UserName, given.Password) : null,
        string.Join(' ', options.TrustedRealm),
        options.Transport);

    // The secret itself must not lie about for as long as the session lives.
    private static string IdentityOf(string userName, string password) =>
        $"{userName}:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(password)))}";
}
