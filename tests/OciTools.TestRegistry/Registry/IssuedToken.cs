namespace OciTools.Testing;

/// <summary>A token, and what it allows.</summary>
/// <param name="Scopes">Repository and action.</param>
internal sealed record IssuedToken(string? User, DateTimeOffset Expires, HashSet<(string Name, string Action)> Scopes);
