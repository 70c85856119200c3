using System.Net;
using OciTools.Registry;
using OciTools.Registry.Auth;

namespace OciTools.Operations;

/// <summary>Checks a credential with its registry and keeps it for the session.</summary>
/// <param name="session">Keeps the credential.</param>
public sealed class ConnectRegistryOperation(OciSession session)
{
    /// <summary>Signs in; the credential is kept only when the registry accepts it.</summary>
    /// <param name="registry">The registry's host, with its port when it is not the usual one.</param>
    /// <param name="credential">
    /// User name and password or access token. With the user name <c>&lt;token&gt;</c> the password is an identity
    /// token.
    /// </param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.AuthenticationFailed"/>, and whatever reaching the registry can meet; nothing is kept
    /// then.
    /// </exception>
    public async Task<OciRegistry> RunAsync(
        string registry,
        NetworkCredential credential,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(credential);
        RegistryConnection connection = session.Connect(
            RegistryName.Place(registry),
            (options ?? new RegistryOptions()) with { Credential = credential, Anonymous = false });
        await connection.ProbeAsync(progress, cancellationToken).ConfigureAwait(false);

        session.Forget(connection.Registry);
        session.Credentials.Set(connection.Registry, credential);
        return RegistryName.Describe(connection, RegistryCredential.From(credential, CredentialStore.SourceName)) with
        {
            IsReachable = true,
        };
    }

    /// <summary>Forgets the credential of a registry.</summary>
    /// <param name="registry">The registry's host, with its port when it is not the usual one.</param>
    /// <returns>Whether there was one.</returns>
    public bool Disconnect(string registry)
    {
        string name = RegistryName.Place(registry).Registry!;
        session.Forget(name);
        return session.Credentials.Remove(name);
    }
}
