using OciTools.Cmdlets;

namespace OciTools.Tests.Cmdlets;

public class OperationReporterTests
{
    private readonly ManualTime _time = new();
    private readonly PipelineQueue<OperationMessage> _queue = new();

    [Theory]
    [InlineData(TransferEventKind.Warned, NoticeLevel.Warning)]
    [InlineData(TransferEventKind.Decided, NoticeLevel.Verbose)]
    [InlineData(TransferEventKind.Retried, NoticeLevel.Verbose)]
    [InlineData(TransferEventKind.Requested, NoticeLevel.Debug)]
    public async Task Words_go_to_the_stream_that_they_are_for(TransferEventKind kind, object level)
    {
        await using OperationReporter reporter = Create();
        reporter.Report(Contents.Event(kind, message: "so\u001b it is"));

        Assert.Equal(new OperationMessage.Notice((NoticeLevel)level, "so? it is"), Read());
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public async Task Movement_is_shown_five_times_a_second_however_often_it_is_reported()
    {
        await using OperationReporter reporter = Create();
        for (int i = 1; i <= 1000; i++)
            reporter.Report(Contents.Event(TransferEventKind.Advanced, Contents.Blob("a", 1000), i));
        Assert.True(_queue.IsEmpty);
        Assert.Equal(TimeSpan.FromMilliseconds(200), _time.Period);

        _time.Tick();

        Assert.IsType<OperationMessage.Progress>(Read());
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public async Task Movement_is_not_shown_while_the_pipeline_is_busy()
    {
        await using OperationReporter reporter = Create();
        reporter.Report(Contents.Event(TransferEventKind.Advanced, Contents.Blob("a", 1000), 10));

        _time.Tick();
        _time.Tick();
        _time.Tick();

        Assert.IsType<OperationMessage.Progress>(Read());
        Assert.True(_queue.IsEmpty);
    }

    [Fact]
    public async Task Nothing_is_shown_after_the_end()
    {
        OperationReporter reporter = Create();
        reporter.Report(Contents.Event(TransferEventKind.Advanced, Contents.Blob("a", 1000), 10));
        await reporter.DisposeAsync();

        _time.Tick();

        Assert.True(_queue.IsEmpty);
    }

    private OperationReporter Create() =>
        new(_queue, new ProgressBoard("Save x", _time), _time);

    private OperationMessage Read()
    {
        Assert.True(_queue.TryRead(out OperationMessage? message));
        return message;
    }
}
