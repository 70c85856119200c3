using System.Diagnostics;
using System.Runtime.InteropServices;

namespace OciTools.Cmdlets;

/// <summary>
/// Gives the memory of a long piece of work back when it has ended. Otherwise the process would keep all that it needed
/// at its height, and what the next piece needs would come on top of it.
/// </summary>
internal sealed class HeapRelease
{
    /// <summary>The bytes of new objects below which a collection gains less than it costs.</summary>
    private const long MinimumWork = 16L << 20;

    /// <summary>In a session that holds more bytes by itself, going through all of them would take too long.</summary>
    private const long MaximumHeld = 32L << 20;

    /// <summary>What takes no longer than this is not to take longer because of its end.</summary>
    private static readonly TimeSpan s_minimumTime = TimeSpan.FromMilliseconds(500);

    private readonly long _held = GC.GetGCMemoryInfo().HeapSizeBytes;
    private readonly long _allocated = GC.GetTotalAllocatedBytes();
    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Ends the piece of work that began when this object was made.</summary>
    public void End()
    {
        if (Stopwatch.GetElapsedTime(_started) < s_minimumTime || _held > MaximumHeld
            || GC.GetTotalAllocatedBytes() - _allocated < MinimumWork)
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
            TrimNativeHeap();
    }

    /// <summary>glibc keeps what the just-in-time compiler has freed, which is often as much.</summary>
    private static void TrimNativeHeap()
    {
        try
        {
            _ = Trim(0);
        }
        catch (TypeLoadException)
        {
            // Other C libraries, such as musl, have no such function.
        }
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint keep);
}
