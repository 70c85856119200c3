namespace OciTools.Operations;

/// <summary>Finds an image and tells what it consists of.</summary>
public sealed class GetManifestOperation(OciSession session)
{
    public IAsyncEnumerable<OciManifest> RunAsync(GetManifestRequest request, IProgress<TransferEvent>? progress = null, CancellationToken cancellationToken = default) => throw null!;

    public Task<OciIndex> GetIndexAsync(ImageReference reference, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException(session.ToString());
}
