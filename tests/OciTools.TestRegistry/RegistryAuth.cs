namespace OciTools.Testing;

/// <summary>How a <see cref="TestRegistry"/> asks who is calling.</summary>
public enum RegistryAuth
{
    /// <summary>Everybody may do everything.</summary>
    None,

    /// <summary>The password of <see cref="TestRegistryOptions"/> in every request.</summary>
    Basic,

    /// <summary>Tokens of the registry's own token service, checked for their scope.</summary>
    Bearer,
}
