namespace OciTools.Reliability.Chaos;

/// <summary>Counts the events of a job, and calls back with the number of each.</summary>
internal sealed class EventCount(Action<int> heard) : IProgress<TransferEvent>
{
    private int _count;

    public void Report(TransferEvent value) => heard(Interlocked.Increment(ref _count));
}
