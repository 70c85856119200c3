namespace OciTools.Registry.Auth;

/// <summary>One way to sign in that a server offers (RFC 9110, 11.3).</summary>
/// <param name="Scheme">The scheme, as written by the server.</param>
/// <param name="Token68">The single value of schemes that have no parameters, or null.</param>
/// <param name="Parameters">The parameters; their names know no case.</param>
internal sealed record AuthChallenge(
    string Scheme,
    string? Token68,
    IReadOnlyDictionary<string, string> Parameters)
{
    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether this asks for a token and names the service that gives it.</summary>
    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) && Realm is not null;

    public string? Realm => Parameters.GetValueOrDefault("realm");

    public string? Service => Parameters.GetValueOrDefault("service");

    public string? Scope => Parameters.GetValueOrDefault("scope");

    /// <summary>Why a token was refused, for example <c>insufficient_scope</c> (RFC 6750, 3.1), or null.</summary>
    public string? Error => Parameters.GetValueOrDefault("error");
}
