namespace OciTools.Tests;

/// <summary>A clock that stands still until it is moved, with at most one timer.</summary>
internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;
    private ManualTimer? _timer;

    public TimeSpan? Period => _timer?.Period;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _timer = new ManualTimer(() => callback(state), period);

    public void Advance(TimeSpan time) => _now += time;

    public void Tick() => _timer!.Tick();

    private sealed class ManualTimer(Action callback, TimeSpan period) : ITimer
    {
        private bool _isDisposed;

        public TimeSpan Period => period;

        public void Tick()
        {
            if (!_isDisposed)
                callback();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose() => _isDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
