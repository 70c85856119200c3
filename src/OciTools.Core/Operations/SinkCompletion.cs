namespace OciTools.Operations;

/// <summary>Ends copies to a sink: afterwards all that they wrote or relied on is there, and has its names.</summary>
internal static class SinkCompletion
{
    /// <summary>
    /// After the first attempt nothing of this library removes what is needed; other programs may go on doing so.
    /// </summary>
    private const int Attempts = 3;

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
