namespace OciTools.Tests.Support;

/// <summary>Keeps the events of an operation, in order.</summary>
internal sealed class EventLog : IProgress<TransferEvent>
{
    private readonly List<TransferEvent> _events = [];
    private readonly List<(Predicate<TransferEvent> Wanted, TaskCompletionSource Seen)> _waiting = [];

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
        {
            _events.Add(value);
            foreach ((Predicate<TransferEvent> wanted, TaskCompletionSource seen) in _waiting)
            {
                if (wanted(value))
                    seen.TrySetResult();
            }
        }
    }

    /// <summary>Completes at the first event like this, from the beginning on.</summary>
    public Task SeenAsync(Predicate<TransferEvent> wanted)
    {
        lock (_events)
        {
            if (_events.Exists(wanted))
                return Task.CompletedTask;
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((wanted, seen));
            return seen.Task;
        }
    }
}
