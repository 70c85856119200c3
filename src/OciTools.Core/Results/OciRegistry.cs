namespace OciTools;

/// <summary>What is known of a registry.</summary>
public sealed record OciRegistry
{
    /// <summary>The registry's host, with its port when it is not the usual one.</summary>
    public required string Registry { get; init; }

    /// <summary>The address that requests go to.</summary>
    public required Uri Uri { get; init; }

    /// <summary>The user whose credential is used; null when the registry is used without one.</summary>
    public string? UserName { get; init; }

    /// <summary>
    /// Where the credential comes from, for example <c>this session</c> or a file; null when there is none.
    /// </summary>
    public string? CredentialSource { get; init; }

    /// <summary>
    /// How the registry authenticates: <c>None</c>, <c>Basic</c> or <c>Bearer</c>; null when it was not asked.
    /// </summary>
    public string? Authentication { get; init; }

    /// <summary>
    /// Whether the registry answered and, where a credential is known, accepted it; null when it was not asked.
    /// </summary>
    public bool? IsReachable { get; init; }

    /// <summary>Whether the registry has the referrers API; null when no repository has told yet.</summary>
    public bool? SupportsReferrers { get; init; }

    /// <summary>Why the registry could not be used; null when it could.</summary>
    public string? Problem { get; init; }

    /// <summary>The registry's host.</summary>
    public override string ToString() => Registry;
}
