namespace OciTools.Registry.Auth;

/// <summary>The access that a request needs, in the terms of a token service ("Token Scope Documentation").</summary>
/// <param name="Repository">The repository; empty for the catalog of the registry.</param>
/// <param name="Access">What is done with the repository.</param>
internal readonly record struct RegistryScope(string Repository, RegistryAccess Access)
{
    /// <summary>The list of all repositories.</summary>
    public static RegistryScope Catalog { get; } = new("", RegistryAccess.None);

    /// <summary>For example <c>repository:library/nginx:pull,push</c>, or <c>registry:catalog:*</c>.</summary>
    public override string ToString()
    {
        if (string.IsNullOrEmpty(Repository))
            return "registry:catalog:*";

        List<string> actions = [];
        if (Access.HasFlag(RegistryAccess.Pull))
            actions.Add("pull");
        if (Access.HasFlag(RegistryAccess.Push))
            actions.Add("push");
        if (Access.HasFlag(RegistryAccess.Delete))
            actions.Add("delete");
        return $"repository:{Repository}:{string.Join(',', actions)}";
    }
}
