namespace OciTools.Registry.Auth;

/// <summary>What a request does with a repository.</summary>
[Flags]
internal enum RegistryAccess
{
    None = 0,

    /// <summary>Reads.</summary>
    Pull = 1,

    /// <summary>Writes; token services expect that who writes may also read.</summary>
    Push = 2 | Pull,

    /// <summary>Deletes.</summary>
    Delete = 4,
}
