namespace OciTools.Tests.Support;

/// <summary>Keeps the events of an operation, in order.</summary>
internal sealed class EventLog : IProgress<TransferEvent>
{
    private readonly List<TransferEvent> _events = [];

    public int Count
    {
        get
        {
            lock (_events)
                return _events.Count;
        }
    }

    public TransferEvent this[Index index]
    {
        get
        {
            lock (_events)
                return _events[index];
        }
    }

    public void Report(TransferEvent value)
    {
        lock (_events)
            _events.Add(value);
    }
}
