namespace OciTools.Cmdlets;

/// <summary>
/// Hears the events of an operation: words go to the pipeline as they come, movement goes to the progress board, which
/// is shown five times a second while the pipeline has nothing else to do.
/// </summary>
internal sealed class OperationReporter : IProgress<TransferEvent>, IAsyncDisposable
{
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(200);

    private readonly PipelineQueue<OperationMessage> _queue;
    private readonly ProgressBoard _board;
    private readonly ITimer _timer;

    public OperationReporter(PipelineQueue<OperationMessage> queue, ProgressBoard board, TimeProvider time)
    {
        _queue = queue;
        _board = board;
        _timer = time.CreateTimer(static self => ((OperationReporter)self!).ShowProgress(), this, s_pace, s_pace);
    }

    public void Report(TransferEvent value)
    {
        _board.Add(value);
        NoticeLevel? level = value.Kind switch
        {
            TransferEventKind.Warned => NoticeLevel.Warning,
            TransferEventKind.Decided or TransferEventKind.Resumed or TransferEventKind.Retried => NoticeLevel.Verbose,
            TransferEventKind.Requested => NoticeLevel.Debug,
            _ => null,
        };
        if (level is { } known && value.Message is { } text)
            _queue.Post(new OperationMessage.Notice(known, DisplayText.Sanitize(text)));
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void ShowProgress()
    {
        if (_queue.IsEmpty && _board.Next() is { } state)
            _queue.Post(new OperationMessage.Progress(state));
    }
}
