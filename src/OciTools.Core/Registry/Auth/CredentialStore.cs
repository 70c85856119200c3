using System.Collections.Concurrent;
using System.Net;

namespace OciTools.Registry.Auth;

/// <summary>The credentials that this session was given, in memory only. Safe for concurrent use.</summary>
public sealed class CredentialStore
{
    internal const string SourceName = "this session";

    private readonly ConcurrentDictionary<string, RegistryCredential> _credentials = new(StringComparer.Ordinal);

    /// <summary>Keeps the credential of a registry, in place of an earlier one.</summary>
    /// <param name="registry">The registry, as host and optional port, for example <c>ghcr.io</c>.</param>
    /// <param name="credential">
    /// User name and password or access token. With the user name <c>&lt;token&gt;</c> the password is an identity
    /// token.
    /// </param>
    public void Set(string registry, NetworkCredential credential)
    {
        ArgumentNullException.ThrowIfNull(credential);
        _credentials[Key(registry)] = RegistryCredential.From(credential, SourceName);
    }

    /// <summary>Keeps an identity token of a registry, in place of an earlier credential.</summary>
    /// <param name="registry">The registry, as host and optional port.</param>
    /// <param name="identityToken">The token that its token service exchanges for access tokens.</param>
    public void SetIdentityToken(string registry, string identityToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(identityToken);
        _credentials[Key(registry)] = RegistryCredential.FromIdentityToken(identityToken, SourceName);
    }

    /// <summary>Forgets the credential of a registry.</summary>
    /// <param name="registry">The registry, as host and optional port.</param>
    /// <returns>Whether there was one.</returns>
    public bool Remove(string registry) => _credentials.TryRemove(Key(registry), out _);

    /// <summary>The registries that have a credential here, in alphabetical order.</summary>
    /// <returns>A copy of the present state.</returns>
    public IReadOnlyList<RegistryLogin> List() => [.. _credentials
        .OrderBy(entry => entry.Key, StringComparer.Ordinal)
        .Select(entry => new RegistryLogin(entry.Key, entry.Value.UserName ?? ""))];

    internal RegistryCredential? Find(string registry) => _credentials.GetValueOrDefault(Key(registry));

    private static string Key(string registry)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(registry);
        return CredentialKey.Parse(registry).Host;
    }
}
