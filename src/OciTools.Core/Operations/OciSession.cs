using OciTools.Transport;

namespace OciTools.Operations;

/// <summary>The composition root.</summary>
public sealed class OciSession
{
    public OciSession(IHttpClientSource http) => throw new NotSupportedException(http.ToString());
    public IContentSource OpenSource(ImageReference reference, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null) => throw null!;
    public IContentSink OpenSink(ImageReference reference, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null) => throw null!;
}
