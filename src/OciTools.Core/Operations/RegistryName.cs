using OciTools.Registry;
using OciTools.Registry.Auth;

namespace OciTools.Operations;

/// <summary>What operations on a registry as a whole share.</summary>
internal static class RegistryName
{
    // Connections are made from references; which repository it is means nothing for the registry as a whole.
    private const string AnyRepository = "any/repository";

    /// <summary>A place in the registry that a person names by host and port.</summary>
    /// <exception cref="ArgumentException">The name is no host.</exception>
    public static ImageReference Place(string registry)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(registry);
        return ImageReference.ForRegistry(registry, AnyRepository);
    }

    /// <summary>Tells what a connection has learned.</summary>
    public static OciRegistry Describe(RegistryConnection connection, RegistryCredential? credential) => new()
    {
        Registry = connection.Registry,
        Uri = connection.BaseUri,
        UserName = credential?.UserName,
        CredentialSource = credential?.Source,
        Authentication = connection.AuthenticationScheme,
        SupportsReferrers = connection.SupportsReferrers,
    };
}
