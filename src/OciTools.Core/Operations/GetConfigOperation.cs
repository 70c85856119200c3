namespace OciTools.Operations;

/// <summary>Reads image configs: one for each platform of an image that is asked for.</summary>
public sealed class GetConfigOperation(OciSession session)
{
    public IAsyncEnumerable<OciConfig> RunAsync(GetManifestRequest request, IProgress<TransferEvent>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException(session.ToString());
}
