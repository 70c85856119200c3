using OciTools.Transport;

namespace OciTools.Operations;

/// <summary>The composition root.</summary>
public sealed class OciSession
{
    public OciSession(IHttpClientSource http) => throw new NotSupportedException(http.ToString());
}
