namespace OciTools;

/// <summary>
/// A limit on the bytes of blobs that move between this machine and registries, whichever way. All transfers that are
/// given the same object share it.
/// </summary>
public sealed class BandwidthLimit
{
    // What a wait oversleeps may be made up for, so that the limit is reached; more would be a burst.
    private static readonly TimeSpan s_credit = TimeSpan.FromMilliseconds(100);

    // Timers are not finer on every system.
    private static readonly TimeSpan s_leastWait = TimeSpan.FromMilliseconds(10);

    private const int StepsPerSecond = 8;
    private const int LeastStep = 4 * 1024;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private long _paidUntil;

    /// <summary>Creates a limit.</summary>
    /// <param name="bytesPerSecond">How many bytes may move in a second, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1.</exception>
    public BandwidthLimit(long bytesPerSecond)
        : this(bytesPerSecond, TimeProvider.System)
    {
    }

    internal BandwidthLimit(long bytesPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytesPerSecond, 1);
        BytesPerSecond = bytesPerSecond;
        _time = time;
        _paidUntil = time.GetTimestamp();
    }

    /// <summary>How many bytes may move in a second.</summary>
    public long BytesPerSecond { get; }

    /// <summary>
    /// The most bytes to move in one step, so that bytes flow evenly and nobody waits long for a turn.
    /// </summary>
    internal int Step => (int)Math.Clamp(BytesPerSecond / StepsPerSecond, LeastStep, int.MaxValue);

    /// <summary>Accounts for bytes that have moved, and waits as long as they should have taken.</summary>
    internal async ValueTask PayAsync(int bytes, CancellationToken cancellationToken)
    {
        TimeSpan wait = Account(bytes);
        if (wait >= s_leastWait)
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
    }

    private TimeSpan Account(int bytes)
    {
        long cost = (long)((double)bytes / BytesPerSecond * _time.TimestampFrequency);
        long credit = (long)(s_credit.TotalSeconds * _time.TimestampFrequency);
        lock (_lock)
        {
            long now = _time.GetTimestamp();
            _paidUntil = Math.Max(_paidUntil, now - credit) + cost;
            return _paidUntil > now ? _time.GetElapsedTime(now, _paidUntil) : TimeSpan.Zero;
        }
    }
}
