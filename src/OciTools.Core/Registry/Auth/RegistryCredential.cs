using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace OciTools.Registry.Auth;

/// <summary>What one registry accepts as proof of who is calling, and where it was found.</summary>
internal sealed record RegistryCredential
{
    // The user name by which credential helpers say that the secret is an identity token.
    private const string TokenUserName = "<token>";

    private RegistryCredential(string source) => Source = source;

    /// <summary>Where it was found, in words that follow "the credentials from".</summary>
    public string Source { get; }

    public string? UserName { get; private init; }

    public string? Password { get; private init; }

    /// <summary>A refresh token, which the token service takes in exchange for an access token; or null.</summary>
    public string? IdentityToken { get; private init; }

    /// <summary>An access token that the registry itself takes, or null.</summary>
    public string? RegistryToken { get; private init; }

    public static RegistryCredential FromPassword(string userName, string password, string source) =>
        userName == TokenUserName
            ? FromIdentityToken(password, source)
            : new(source) { UserName = userName, Password = password };

    public static RegistryCredential FromIdentityToken(string token, string source) =>
        new(source) { IdentityToken = token };

    public static RegistryCredential FromRegistryToken(string token, string source) =>
        new(source) { RegistryToken = token };

    public static RegistryCredential From(NetworkCredential credential, string source) =>
        FromPassword(credential.UserName, credential.Password, source);

    /// <summary>The Basic header (RFC 7617, in UTF-8), or null when there is no password.</summary>
    public AuthenticationHeaderValue? ToBasicHeader() => Password is null
        ? null
        : new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{UserName}:{Password}")));

    /// <summary>Text from a server without the secrets that it may have repeated.</summary>
    public string Redact(string text)
    {
        foreach (string? secret in new[] { ToBasicHeader()?.Parameter, Password, IdentityToken, RegistryToken })
        {
            if (!string.IsNullOrEmpty(secret))
                text = text.Replace(secret, "***", StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Where it was found; never the secret.</summary>
    public override string ToString() => $"the credentials from {Source}";
}
