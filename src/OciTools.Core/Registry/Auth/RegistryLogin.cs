namespace OciTools;

/// <summary>A registry that this session has credentials for. It never holds the secret.</summary>
/// <param name="Registry">The registry, as host and optional port.</param>
/// <param name="UserName">The user name; empty with an identity token.</param>
public sealed record RegistryLogin(string Registry, string UserName)
{
    /// <summary>The registry.</summary>
    public override string ToString() => Registry;
}
