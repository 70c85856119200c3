namespace OciTools.Cmdlets;

/// <summary>Runs asynchronous work on the pool for a thread that must not leave: the pipeline's.</summary>
internal static class PipelinePump
{
    /// <summary>
    /// Runs the work and hands each of its messages to <paramref name="dispatch"/> on the calling thread, in order.
    /// </summary>
    /// <param name="work">The work. Its token is cancelled when dispatching fails.</param>
    /// <param name="dispatch">
    /// Writes to the pipeline. What it throws, the engine's flow control included, cancels the work, waits for its end,
    /// and passes through untouched.
    /// </param>
    /// <param name="stop">Cancels the work.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static void Run<T>(
        Func<PipelineQueue<T>, CancellationToken, Task> work, Action<T> dispatch, CancellationToken stop)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var queue = new PipelineQueue<T>();
        Task worker = Task.Run(() => WorkAsync(work, queue, cancellation.Token), CancellationToken.None);
        try
        {
            while (Wait(queue.WaitToReadAsync()))
            {
                while (queue.TryRead(out T? message))
                    dispatch(message);
            }
        }
        catch
        {
            cancellation.Cancel();
            Wait(Task.WhenAny(worker));
            throw;
        }
    }

    private static async Task WorkAsync<T>(
        Func<PipelineQueue<T>, CancellationToken, Task> work, PipelineQueue<T> queue, CancellationToken token)
    {
        try
        {
            await work(queue, token).ConfigureAwait(false);
            queue.Complete();
        }
        catch (Exception exception)
        {
            queue.Complete(exception);
        }
    }

    // The only blocking wait of the product. No synchronisation context is ever set, so nothing can wait for this
    // thread.
    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
