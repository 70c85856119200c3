using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>
/// Files that one handle holds alone. The operating system keeps the lock, between processes and within one, and takes
/// it back from a process that dies.
/// </summary>
internal static class ExclusiveFile
{
    // On Windows the file could not get its final name while it is open without FileShare.Delete; all the same no other
    // handle reads or writes it. Only None locks on Unix, where an open file can always be renamed.
    private static FileShare Sharing => OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    /// <summary>Creates a file and holds it.</summary>
    public static SafeFileHandle Create(string path) =>
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, Sharing);

    /// <summary>Opens a file and holds it; null when another handle does, or when it is not there.</summary>
    public static SafeFileHandle? TryOpen(string path, FileMode mode = FileMode.Open)
    {
        try
        {
            return File.OpenHandle(path, mode, FileAccess.ReadWrite, Sharing);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException exception) when (FileFault.IsHeldElsewhere(exception))
        {
            return null;
        }
    }

    /// <summary>
    /// Whether a file that this process holds is held at all. Some network file systems take locks and do nothing.
    /// </summary>
    /// <remarks>
    /// .NET takes a lock with flock on Unix and carries on without a word where the file system has none, so the one
    /// way to know is to see whether the lock keeps this process itself out.
    /// </remarks>
    public static bool IsHeld(string path)
    {
        using SafeFileHandle? second = TryOpen(path);
        return second is null;
    }
}
