using System.Diagnostics;

namespace OciTools.Layout;

/// <summary>Thins progress out: a report is due after each MiB, or after a tenth of a second.</summary>
internal sealed class ProgressPace
{
    private const long Step = 1024 * 1024;

    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private long _bytes;
    private long _time = Stopwatch.GetTimestamp();

    /// <summary>Whether to report now; if so, the next is due a step later.</summary>
    public bool IsDue(long bytes)
    {
        if (bytes - _bytes < Step && Stopwatch.GetElapsedTime(_time) < s_interval)
            return false;
        _bytes = bytes;
        _time = Stopwatch.GetTimestamp();
        return true;
    }
}
