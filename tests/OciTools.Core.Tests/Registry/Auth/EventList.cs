namespace OciTools.Tests.Registry.Auth;

/// <summary>Keeps what is reported, at once and in order.</summary>
internal sealed class EventList : IProgress<TransferEvent>
{
    private readonly List<TransferEvent> _events = [];

    public IReadOnlyList<string> Warnings => Messages(TransferEventKind.Warned);

    public IReadOnlyList<string> Decisions => Messages(TransferEventKind.Decided);

    public void Report(TransferEvent value)
    {
        lock (_events)
            _events.Add(value);
    }

    private List<string> Messages(TransferEventKind kind)
    {
        lock (_events)
            return [.. _events.Where(one => one.Kind == kind).Select(one => one.Message!)];
    }
}
