using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>
/// The lock around a change of <c>index.json</c>. The operating system holds it, between processes and within one, and
/// takes it back from a process that dies.
/// </summary>
internal sealed class LayoutLock : IDisposable
{
    private static readonly TimeSpan s_firstDelay = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_lastDelay = TimeSpan.FromMilliseconds(250);

    private readonly SafeFileHandle _file;

    private LayoutLock(SafeFileHandle file, bool isExclusive)
    {
        _file = file;
        IsExclusive = isExclusive;
    }

    /// <summary>Whether the lock keeps others out. Some network file systems take locks and do nothing.</summary>
    public bool IsExclusive { get; }

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutLocked"/> after the time limit.</exception>
    public static async Task<LayoutLock> AcquireAsync(
        string path, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        for (TimeSpan delay = s_firstDelay; ; delay = delay * 2 < s_lastDelay ? delay * 2 : s_lastDelay)
        {
            if (ExclusiveFile.TryOpen(path, FileMode.OpenOrCreate) is { } file)
                return new LayoutLock(file, isExclusive: ExclusiveFile.IsHeld(path));

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
    public void Dispose() => _file.Dispose();
}
