using OciTools.Registry;
using OciTools.Registry.Auth;

namespace OciTools.Operations;

/// <summary>Tells what the session knows of registries, and asks one what it can do.</summary>
/// <param name="session">Knows the registries.</param>
public sealed class GetRegistryOperation(OciSession session)
{
    /// <summary>The registries that the session is connected to, or has used. Asks nobody.</summary>
    public IReadOnlyList<OciRegistry> GetKnown()
    {
        var known = new SortedDictionary<string, OciRegistry>(StringComparer.Ordinal);
        foreach (RegistryConnection connection in session.Connections)
            known[connection.Registry] = RegistryName.Describe(connection, null);
        foreach (RegistryLogin login in session.Credentials.List())
        {
            OciRegistry found = known.GetValueOrDefault(login.Registry) ?? RegistryName.Describe(
                session.Connect(RegistryName.Place(login.Registry), new RegistryOptions()), null);
            known[login.Registry] =
                found with { UserName = login.UserName, CredentialSource = CredentialStore.SourceName };
        }

        return [.. known.Values];
    }

    /// <summary>
    /// The names of the registries that the session or a credential file knows, in ordinal order. Asks nobody.
    /// </summary>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task<IReadOnlyList<string>> ListNamesAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<CredentialFile> files =
            await session.Resolver.LoadAsync(progress: null, cancellationToken).ConfigureAwait(false);
        IEnumerable<string> named = files.SelectMany(file => file.Hosts);
        return [.. GetKnown().Select(known => known.Registry).Union(named).Order(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Asks a registry: whether it answers, how it has callers sign in, and whether it accepts the credential.
    /// </summary>
    /// <param name="registry">The registry's host, with its port when it is not the usual one.</param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>What is known; a registry that cannot be used says why in <see cref="OciRegistry.Problem"/>.</returns>
    public async Task<OciRegistry> RunAsync(
        string registry,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        RegistryConnection connection =
            session.Connect(RegistryName.Place(registry), options ?? new RegistryOptions());
        RegistryCredential? credential =
            await connection.FindCredentialAsync(progress, cancellationToken).ConfigureAwait(false);
        try
        {
            await connection.ProbeAsync(progress, cancellationToken).ConfigureAwait(false);
            return RegistryName.Describe(connection, credential) with
            {
                Authentication = connection.AuthenticationScheme ?? "None",
                IsReachable = true,
            };
        }
        catch (OciException exception)
        {
            return RegistryName.Describe(connection, credential) with
            {
                IsReachable = false,
                Problem = exception.Message,
            };
        }
    }
}
