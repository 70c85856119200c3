using System.Net;

namespace OciTools.Operations;

/// <summary>Checks a credential with its registry and keeps it for the session.</summary>
public sealed class ConnectRegistryOperation(OciSession session)
{
    /// <summary>throws AuthenticationFailed and keeps nothing when the registry refuses</summary>
    public Task<OciRegistry> RunAsync(string registry, NetworkCredential credential, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException(session.ToString());

    /// <summary>forgets; false when nothing was known</summary>
    public bool Disconnect(string registry) => throw null!;
}
