using System.Runtime.CompilerServices;

namespace OciTools.Operations;

/// <summary>Runs a task for each item, several at once, and hands the results out in the order of the items.</summary>
internal static class OrderedParallel
{
    public static async IAsyncEnumerable<TResult> SelectAsync<TItem, TResult>(
        IReadOnlyList<TItem> items,
        int throttleLimit,
        Func<TItem, CancellationToken, Task<TResult>> select,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<Task<TResult>>();
        int next = 0;
        try
        {
            while (next < items.Count || running.Count > 0)
            {
                while (next < items.Count && running.Count < throttleLimit)
                    running.Enqueue(select(items[next++], stop.Token));
                yield return await running.Dequeue().ConfigureAwait(false);
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
