using System.Net.Http.Headers;

namespace OciTools.Registry.Auth;

/// <summary>An access token of a registry and what it is good for.</summary>
internal sealed class BearerToken
{
    public required string Value { get; init; }

    public required ScopeSet Scopes { get; init; }

    /// <summary>Who asked for it; null for anybody.</summary>
    public required RegistryCredential? Credential { get; init; }

    /// <summary>What the registry said when it was asked for.</summary>
    public required AuthChallenge Challenge { get; init; }

    public required DateTimeOffset FetchedAt { get; init; }

    /// <summary>From when on it is not used any more: a little before the registry refuses it.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether it was fetched because the registry refused another.</summary>
    public required bool IsReplacement { get; init; }

    public AuthenticationHeaderValue ToHeader() => new("Bearer", Value);
}
