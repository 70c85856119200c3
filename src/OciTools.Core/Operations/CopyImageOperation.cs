namespace OciTools.Operations;

/// <summary>Copies an image from anywhere to anywhere.</summary>
public sealed class CopyImageOperation(OciSession session)
{
    public Task<OciTransferResult> RunAsync(CopyImageRequest request, IProgress<TransferEvent>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException(session.ToString());
}
