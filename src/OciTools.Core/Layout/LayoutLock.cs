using System.Diagnostics;

namespace OciTools.Layout;

/// <summary>
/// The lock around a change of <c>index.json</c>. The operating system holds it, between processes and within one, and
/// takes it back from a process that dies.
/// </summary>
internal sealed class LayoutLock : IDisposable
{
    /// <summary>How long a writer waits for the lock; each holds it for milliseconds.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_lastDelay = TimeSpan.FromMilliseconds(250);

    private readonly IDisposable _holder;

    private LayoutLock(IDisposable holder, bool isExclusive)
    {
        _holder = holder;
        IsExclusive = isExclusive;
    }

    /// <summary>
    /// Whether the system keeps others out for as long as the lock is held. Some network file systems take locks and do
    /// nothing; there a <see cref="LockFile"/> has to do, which is safe for short work only.
    /// </summary>
    public bool IsExclusive { get; }

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutLocked"/> after the time limit.</exception>
    public static async Task<LayoutLock> AcquireAsync(
        string path, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        for (TimeSpan delay = s_firstDelay; ; delay = delay * 2 < s_lastDelay ? delay * 2 : s_lastDelay)
        {
            if (TryAcquire(path) is { } acquired)
                return acquired;

            if (Stopwatch.GetElapsedTime(started) >= timeLimit)
                throw new OciException(
                    OciErrorCode.LayoutLocked,
                    $"Another process has held the lock '{path}' for more than {timeLimit.TotalSeconds:0} seconds. "
                    + "Wait until it is done, or end it, and try again.",
                    path);
            await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _holder.Dispose();

    private static LayoutLock? TryAcquire(string path)
    {
        if (ExclusiveFile.TryOpen(path, FileMode.OpenOrCreate) is not { } file)
            return null;
        if (ExclusiveFile.IsHeld(path))
            return new LayoutLock(file, isExclusive: true);
        file.Dispose();
        return LockFile.TryCreate($"{path}.held") is { } held ? new LayoutLock(held, isExclusive: false) : null;
    }
}
