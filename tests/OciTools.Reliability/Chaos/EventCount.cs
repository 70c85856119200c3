namespace OciTools.Reliability.Chaos;

/// <summary>Counts the events of a job, and calls back with each and its number.</summary>
internal sealed class EventCount(Action<TransferEvent, int> heard) : IProgress<TransferEvent>
{
    private int _count;

    public void Report(TransferEvent value) => heard(value, Interlocked.Increment(ref _count));
}
