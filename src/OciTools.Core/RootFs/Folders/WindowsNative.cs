using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OciTools.RootFs;

/// <summary>The calls of Windows that open a link itself, and hold a name in its place.</summary>
internal static class WindowsNative
{
    private const uint ListFolder = 0x0001; // FILE_LIST_DIRECTORY, FILE_READ_DATA
    private const uint Write = 0x40000000; // GENERIC_WRITE
    private const uint CreateNew = 1;
    private const uint OpenExisting = 3;
    private const uint Plain = 0x00200000 | 0x02000000; // FILE_FLAG_OPEN_REPARSE_POINT, FILE_FLAG_BACKUP_SEMANTICS
    private const int FileExists = 80;
    private const int AlreadyExists = 183;

    /// <summary>
    /// Opens a file, folder or link so that nobody can rename or remove it meanwhile, nor put a link in its place; null
    /// when it is not there.
    /// </summary>
    public static SafeFileHandle? TryHold(string path)
    {
        SafeFileHandle handle =
            CreateFile(Extend(path), ListFolder, FileShare.ReadWrite, 0, OpenExisting, Plain, 0);
        return handle.IsInvalid ? null : handle;
    }

    /// <summary>Makes a file; null when the name is taken, be it by a link that leads nowhere.</summary>
    public static SafeFileHandle? TryCreateFile(string path)
    {
        SafeFileHandle handle = CreateFile(Extend(path), Write, FileShare.Read, 0, CreateNew, Plain, 0);
        if (!handle.IsInvalid)
            return handle;
        int error = Marshal.GetLastPInvokeError();
        return error is FileExists or AlreadyExists ? null : throw Fault(path, error);
    }

    /// <summary>Gives a file one more name; false when that is taken.</summary>
    public static bool TryCreateHardLink(string path, string existing)
    {
        if (CreateHardLink(Extend(path), Extend(existing), 0))
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error is FileExists or AlreadyExists ? false : throw Fault(path, error);
    }

    /// <summary>
    /// The form of a path that has no limit of 260 characters, and in which no name has a meaning of its own.
    /// </summary>
    private static string Extend(string path) => path.StartsWith(@"\\?\", StringComparison.Ordinal) ? path
        : path.StartsWith(@"\\", StringComparison.Ordinal) ? @"\\?\UNC\" + path[2..]
        : @"\\?\" + path;

    private static IOException Fault(string path, int error) =>
        new($"{new Win32Exception(error).Message}: '{path}'", unchecked((int)0x80070000) | error);

    [DllImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, CharSet = CharSet.Unicode)]
    private static extern SafeFileHandle CreateFile(
        string path, uint access, FileShare share, nint security, uint disposition, uint options, nint template);

    [DllImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, CharSet = CharSet.Unicode)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool CreateHardLink(string path, string existing, nint security);
}
