using System.Text;

namespace OciTools.Registry.Auth;

/// <summary>One entry under <c>auths</c> of a credential file.</summary>
internal sealed class CredentialFileEntry
{
    public required CredentialKey Key { get; init; }

    /// <summary><c>user:password</c> in base64.</summary>
    public string? Auth { get; init; }

    public string? UserName { get; init; }

    public string? Password { get; init; }

    public string? IdentityToken { get; init; }

    public string? RegistryToken { get; init; }

    /// <summary>The credential; null for the empty entry that docker leaves where a helper holds the secret.</summary>
    /// <exception cref="FormatException">
    /// The entry's <c>auth</c> is not what docker writes, or its <c>registrytoken</c> is none.
    /// </exception>
    public RegistryCredential? ToCredential(string source)
    {
        if (!string.IsNullOrEmpty(IdentityToken))
            return RegistryCredential.FromIdentityToken(IdentityToken, source);
        if (!string.IsNullOrEmpty(RegistryToken))
        {
            // It goes into a header as it is.
            return RegistryToken.Any(character => character is <= ' ' or > '~')
                ? throw new FormatException("The registry token has characters that no token has.")
                : RegistryCredential.FromRegistryToken(RegistryToken, source);
        }

        if (!string.IsNullOrEmpty(Auth))
            return FromAuth(Auth, source);
        if (!string.IsNullOrEmpty(UserName) && !string.IsNullOrEmpty(Password))
            return RegistryCredential.FromPassword(UserName, Password, source);
        return null;
    }

    private static RegistryCredential FromAuth(string auth, string source)
    {
        // Old docker clients padded with zero bytes.
        string text = Encoding.UTF8.GetString(Convert.FromBase64String(auth)).TrimEnd('\0');
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? throw new FormatException("The decoded text has no colon between user name and password.")
            : RegistryCredential.FromPassword(text[..colon], text[(colon + 1)..], source);
    }
}
