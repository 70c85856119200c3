using System.Net;

namespace OciTools.Registry.Auth;

/// <summary>Words the errors of signing in to one registry. No secret ever gets into them.</summary>
internal sealed class AuthFailure(string registry, RegistryOptions options, CredentialLookup credentials)
{
    /// <summary>The registry or its token service does not let this caller in.</summary>
    public RegistryException Refused(
        OciErrorCode code,
        RegistryCredential? credential,
        ScopeSet scopes,
        HttpStatusCode status,
        IReadOnlyList<RegistryError> errors)
    {
        string access = scopes.Scopes.Count == 0 ? "" : $" to {DisplayText.Sanitize(scopes.Describe())}";
        string reason = errors.Count == 0 ? "" : $" ({errors[0]})";
        string message = credential is not null
            ? $"The registry {registry} refused access{access} with {credential}{reason}. Check that they are right "
                + "and suffice, and sign in again with Connect-OciRegistry or pass -Credential."
            : $"The registry {registry} refused access{access} without credentials{reason}. {Missing}";
        return new(code, message, status, errors, registry);
    }

    /// <summary>The registry wants a user name and password, and there are none to send.</summary>
    public RegistryException PasswordMissing(RegistryCredential? credential) => Failed(credential is null
        ? $"The registry {registry} asks for credentials. {Missing}"
        : $"The registry {registry} asks for a user name and password, but {credential} hold a token. Sign in with "
            + "Connect-OciRegistry or pass -Credential.");

    /// <summary>The registry offers no way to sign in that is known here.</summary>
    public RegistryException NoUsableChallenge(IReadOnlyList<AuthChallenge> challenges) => Failed(challenges.Count == 0
        ? $"The registry {registry} asks for credentials, but does not say in which way. Tell its operator."
        : $"The registry {registry} offers to sign in with "
            + DisplayText.Sanitize(string.Join(", ", challenges.Select(challenge => challenge.Scheme)))
            + ", but only Basic and Bearer are supported. Ask its operator for one of them.");

    /// <summary>The token service gave an answer that cannot be used.</summary>
    public RegistryException Unusable(
        Uri realm, HttpStatusCode status, string problem, IReadOnlyList<RegistryError> errors)
    {
        OciErrorCode code = status switch
        {
            HttpStatusCode.TooManyRequests => OciErrorCode.RateLimited,
            HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => OciErrorCode.RegistryUnavailable,
            _ => OciErrorCode.RegistryProtocol,
        };
        string advice = code == OciErrorCode.RegistryProtocol ? "Tell the registry's operator." : "Try again later.";
        string message = $"The token service {realm.Authority} of the registry {registry} {problem}. {advice}";
        return new(code, message, status, errors, registry);
    }

    private string Missing => options.Anonymous
        ? "Leave -Anonymous away to use those that are known."
        : $"None were found in {credentials.Places}. Sign in with Connect-OciRegistry or pass -Credential.";

    private RegistryException Failed(string message) =>
        new(OciErrorCode.AuthenticationFailed, message, HttpStatusCode.Unauthorized, [], registry);
}
