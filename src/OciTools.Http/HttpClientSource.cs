using OciTools.Transport;

namespace OciTools.Http;

/// <summary>
/// The HTTP clients of OciTools. All instances share the clients and connections of the process.
/// </summary>
public sealed class HttpClientSource : IHttpClientSource
{
    private static readonly Lazy<ClientPool> s_shared = new(() => new ClientPool(TimeProvider.System));

    // Made on first use: it loads packages, which commands that stay on this machine do without.
    private readonly Lazy<ClientPool> _clients;

    /// <summary>Creates a source that shares the process's clients.</summary>
    public HttpClientSource() => _clients = s_shared;

    internal HttpClientSource(TimeProvider time) => _clients = new(() => new ClientPool(time));

    /// <inheritdoc/>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.CertificateInvalid"/>: the file of certificate authorities cannot be read, or the client
    /// certificate has no private key.
    /// </exception>
    public HttpClient GetClient(TransportProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return _clients.Value.Get(profile);
    }
}
