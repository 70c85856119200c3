namespace OciTools.Cmdlets;

/// <summary>What an operation on the pool has of its cmdlet: a place for results, and one for events.</summary>
internal sealed class OperationContext(PipelineQueue<OperationMessage> queue, IProgress<TransferEvent> progress)
{
    /// <summary>Hears of what happens.</summary>
    public IProgress<TransferEvent> Progress => progress;

    /// <summary>Puts an object into the pipeline, when the pipeline is ready for it.</summary>
    public Task WriteAsync(object value, CancellationToken cancellationToken) =>
        queue.WriteAsync(new OperationMessage.Output(value), cancellationToken);

    /// <summary>Tells of an error that concerns one item alone.</summary>
    public void Fail(Exception exception, object target) =>
        queue.Post(new OperationMessage.Failure(exception, target));
}
