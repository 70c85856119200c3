using OciTools.Transport;

namespace OciTools.Http;

/// <summary>The one public type here.</summary>
public sealed class HttpClientSource : IHttpClientSource
{
    /// <inheritdoc/>
    public HttpClient GetClient(TransportProfile profile) => throw null!;
}
