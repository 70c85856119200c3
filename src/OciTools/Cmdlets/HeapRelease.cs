using System.Runtime.InteropServices;

namespace OciTools.Cmdlets;

/// <summary>
/// Gives the memory of a big piece of work back when it has ended. The collector would keep all that it needed at its
/// height, and what the next piece needs would come on top of it.
/// </summary>
internal sealed class HeapRelease
{
    /// <summary>Less work than this leaves nothing behind that is worth the time.</summary>
    private const long MinimumWork = 32L << 20;

    /// <summary>In a session that holds more by itself, going through all of it would take too long.</summary>
    private const long MaximumHeld = 32L << 20;

    private readonly long _held = GC.GetGCMemoryInfo().HeapSizeBytes;
    private readonly long _allocated = GC.GetTotalAllocatedBytes();

    /// <summary>Ends the piece of work that began when this object was made.</summary>
    public void End()
    {
        if (_held > MaximumHeld || GC.GetTotalAllocatedBytes() - _allocated < MinimumWork)
            return;
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (OperatingSystem.IsLinux())
            TrimNativeHeap();
    }

    /// <summary>glibc keeps what the just-in-time compiler has freed: often as much as the collector does.</summary>
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
