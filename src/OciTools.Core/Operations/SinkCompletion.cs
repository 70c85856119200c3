namespace OciTools.Operations;

/// <summary>Ends copies to a sink: afterwards all that they wrote or relied on is there, and has its names.</summary>
internal static class SinkCompletion
{
    /// <summary>More than once in a row content is only removed by somebody who tidies up without a pause.</summary>
    private const int Attempts = 5;

    /// <summary>Copies and completes; what another process removed meanwhile is copied again.</summary>
    public static async Task<T> RunAsync<T>(
        IContentSink sink,
        Func<CancellationToken, Task<T>> copy,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            T result = await copy(cancellationToken).ConfigureAwait(false);
            try
            {
                await sink.CompleteAsync(cancellationToken).ConfigureAwait(false);
                return result;
            }
            catch (OciException exception) when (exception.Code == OciErrorCode.LayoutChanged && attempt < Attempts)
            {
                progress?.Report(new TransferEvent
                {
                    Kind = TransferEventKind.Retried,
                    Message = $"Content was removed from {sink.Location} meanwhile; copying what is missing again.",
                });
            }
        }
    }
}
