using OciTools.Operations;
namespace OciTools.RootFs;
internal sealed class TarExpander(ExpandImageRequest request, ImageContent image, IContentSource source, IProgress<TransferEvent>? progress)
{
    public Task<OciExpandResult> RunAsync(CancellationToken cancellationToken) => throw null!;
    private object X => (request, image, source, progress);
}
