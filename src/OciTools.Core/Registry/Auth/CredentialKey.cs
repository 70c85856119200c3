namespace OciTools.Registry.Auth;

/// <summary>
/// What an entry of a credential file is for: a registry, or only the repositories under a path of it (podman's
/// <c>auth.json</c>). All the spellings of one registry are one key.
/// </summary>
/// <param name="Host">The registry, in lower case, with its port; <c>docker.io</c> for all names of Docker Hub.</param>
/// <param name="Path">The repository or the first segments of its name; empty for all repositories.</param>
internal readonly record struct CredentialKey(string Host, string Path)
{
    public static CredentialKey Parse(string text)
    {
        string rest = WithoutScheme(text.Trim());
        bool isUrl = rest.Length < text.Trim().Length;
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return new(NormalizeHost(rest), "");

        // The path of a URL, and the version that old docker clients wrote, are the registry's API and no repository.
        string path = rest[(slash + 1)..].Trim('/');
        return new(NormalizeHost(rest[..slash]), isUrl || path is "v1" or "v2" ? "" : path);
    }

    public static string NormalizeHost(string host)
    {
        string lower = host.ToLowerInvariant();
        return lower is "index.docker.io" or "registry-1.docker.io" ? "docker.io" : lower;
    }

    /// <summary>Whether an entry with this key is meant for a repository of a registry.</summary>
    public bool IsFor(string normalizedHost, string? repository) =>
        Host == normalizedHost
        && (Path.Length == 0
            || repository == Path
            || (repository?.StartsWith(Path + "/", StringComparison.Ordinal) ?? false));

    private static string WithoutScheme(string text)
    {
        foreach (string scheme in new[] { "https://", "http://" })
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                return text[scheme.Length..];
        }

        return text;
    }
}
