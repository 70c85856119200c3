namespace OciTools.Operations;

/// <summary>Lists the tags of a repository or layout.</summary>
public sealed class ListTagsOperation(OciSession session)
{
    public IAsyncEnumerable<OciTag> RunAsync(ImageReference repository, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException(session.ToString());
}
