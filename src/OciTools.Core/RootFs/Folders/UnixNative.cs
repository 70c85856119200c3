using System.Runtime.InteropServices;

namespace OciTools.RootFs;

/// <summary>The calls of Unix that start from an open folder. All of them set the last error.</summary>
internal static class UnixNative
{
    private const string Library = "libc";

    // An open on macOS with its own arguments for the mode, see there.
    private static readonly bool s_isAppleSilicon =
        OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    private static readonly bool s_isOldMac =
        OperatingSystem.IsMacOS() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>The exception for the last error.</summary>
    /// <param name="name">What it is about.</param>
    public static Exception LastFault(string name)
    {
        int error = LastError;
        string message = $"{Marshal.GetPInvokeErrorMessage(error)}: '{DisplayText.Sanitize(name)}'";
        return error switch
        {
            UnixNumbers.NotFound => new FileNotFoundException(message, name),
            UnixNumbers.AccessDenied or UnixNumbers.NotPermitted => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }

    /// <summary>Opens, or makes, what has a name in an open folder; again when a signal interrupts.</summary>
    /// <returns>The descriptor; negative on failure.</returns>
    public static int Open(int folder, byte[] name, int options, int mode = 0)
    {
        int descriptor;
        do
        {
            // The mode is a variable argument, and Apple's processors expect those on the stack: behind eight others.
            descriptor = s_isAppleSilicon
                ? OpenAtOnStack(folder, name, options, 0, 0, 0, 0, 0, mode)
                : OpenAt(folder, name, options, mode);
        }
        while (descriptor < 0 && LastError == UnixNumbers.Interrupted);
        return descriptor;
    }

    public static int StatOpen(int descriptor, byte[] status) =>
        s_isOldMac ? FStat64(descriptor, status) : FStat(descriptor, status);

    public static int StatAt(int folder, byte[] name, byte[] status, int options) =>
        s_isOldMac ? FStatAt64(folder, name, status, options) : FStatAt(folder, name, status, options);

    /// <summary>Makes a device.</summary>
    public static int MakeDevice(int folder, byte[] name, int mode, ulong device)
    {
        try
        {
            return MkNodAt(folder, name, (uint)mode, device);
        }
        catch (EntryPointNotFoundException)
        {
            // glibc before 2.33 has the call under another name only.
            return XMkNodAt(0, folder, name, (uint)mode, in device);
        }
    }

    public static nint ReadFolderEntry(nint stream) => s_isOldMac ? ReadDir64(stream) : ReadDir(stream);

    [DllImport(Library, EntryPoint = "close")]
    public static extern int Close(int descriptor);

    [DllImport(Library, EntryPoint = "write", SetLastError = true)]
    public static extern nint Write(int descriptor, in byte bytes, nint count);

    [DllImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static extern long Seek(int descriptor, long offset, int origin);

    [DllImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static extern int Truncate(int descriptor, long length);

    [DllImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    public static extern int MakeFolder(int folder, byte[] name, uint mode);

    [DllImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    public static extern int MakeLink(byte[] target, int folder, byte[] name);

    [DllImport(Library, EntryPoint = "linkat", SetLastError = true)]
    public static extern int MakeHardLink(int from, byte[] fromName, int folder, byte[] name, int options);

    [DllImport(Library, EntryPoint = "mkfifoat", SetLastError = true)]
    public static extern int MakeFifo(int folder, byte[] name, uint mode);

    [DllImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static extern nint ReadLink(int folder, byte[] name, byte[] target, nuint length);

    [DllImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    public static extern int Remove(int folder, byte[] name, int options);

    [DllImport(Library, EntryPoint = "renameat", SetLastError = true)]
    public static extern int Rename(int folder, byte[] name, int newFolder, byte[] newName);

    [DllImport(Library, EntryPoint = "fchown", SetLastError = true)]
    public static extern int ChangeOwner(int descriptor, uint user, uint group);

    [DllImport(Library, EntryPoint = "fchownat", SetLastError = true)]
    public static extern int ChangeOwner(int folder, byte[] name, uint user, uint group, int options);

    [DllImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static extern int ChangeMode(int descriptor, uint mode);

    [DllImport(Library, EntryPoint = "fchmodat", SetLastError = true)]
    public static extern int ChangeMode(int folder, byte[] name, uint mode, int options);

    [DllImport(Library, EntryPoint = "futimens", SetLastError = true)]
    public static extern int SetTimes(int descriptor, in FileTimes times);

    [DllImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    public static extern int SetTimes(int folder, byte[] name, in FileTimes times, int options);

    [DllImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static extern int StatX(int folder, byte[] name, int options, uint mask, [Out] byte[] status);

    [DllImport(Library, EntryPoint = "dup", SetLastError = true)]
    public static extern int Duplicate(int descriptor);

    [DllImport(Library, EntryPoint = "fdopendir", SetLastError = true)]
    public static extern nint OpenFolderStream(int descriptor);

    [DllImport(Library, EntryPoint = "closedir")]
    public static extern int CloseFolderStream(nint stream);

    [DllImport(Library, EntryPoint = "geteuid")]
    public static extern uint EffectiveUser();

    [DllImport(Library, EntryPoint = "getegid")]
    public static extern uint EffectiveGroup();

    [DllImport(Library, EntryPoint = "fsetxattr", SetLastError = true)]
    public static extern int SetAttribute(int descriptor, byte[] name, byte[] value, nuint length, int options);

    [DllImport(Library, EntryPoint = "fsetxattr", SetLastError = true)]
    public static extern int SetAttributeOnMac(
        int descriptor, byte[] name, byte[] value, nuint length, uint position, int options);

    [DllImport(Library, EntryPoint = "lsetxattr", SetLastError = true)]
    public static extern int SetAttribute(byte[] path, byte[] name, byte[] value, nuint length, int options);

    [DllImport(Library, EntryPoint = "flistxattr", SetLastError = true)]
    public static extern nint ListAttributes(int descriptor, [Out] byte[]? list, nuint length);

    [DllImport(Library, EntryPoint = "fremovexattr", SetLastError = true)]
    public static extern int RemoveAttribute(int descriptor, byte[] name);

    [DllImport(Library, EntryPoint = "lremovexattr", SetLastError = true)]
    public static extern int RemoveAttribute(byte[] path, byte[] name);

    [DllImport(Library, EntryPoint = "openat", SetLastError = true)]
    private static extern int OpenAt(int folder, byte[] name, int options, int mode);

    [DllImport(Library, EntryPoint = "openat", SetLastError = true)]
    private static extern int OpenAtOnStack(
        int folder, byte[] name, int options, nint a, nint b, nint c, nint d, nint e, nint mode);

    [DllImport(Library, EntryPoint = "fstat", SetLastError = true)]
    private static extern int FStat(int descriptor, [Out] byte[] status);

    [DllImport(Library, EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static extern int FStat64(int descriptor, [Out] byte[] status);

    [DllImport(Library, EntryPoint = "fstatat", SetLastError = true)]
    private static extern int FStatAt(int folder, byte[] name, [Out] byte[] status, int options);

    [DllImport(Library, EntryPoint = "fstatat$INODE64", SetLastError = true)]
    private static extern int FStatAt64(int folder, byte[] name, [Out] byte[] status, int options);

    [DllImport(Library, EntryPoint = "mknodat", SetLastError = true)]
    private static extern int MkNodAt(int folder, byte[] name, uint mode, ulong device);

    [DllImport(Library, EntryPoint = "__xmknodat", SetLastError = true)]
    private static extern int XMkNodAt(int version, int folder, byte[] name, uint mode, in ulong device);

    [DllImport(Library, EntryPoint = "readdir", SetLastError = true)]
    private static extern nint ReadDir(nint stream);

    [DllImport(Library, EntryPoint = "readdir$INODE64", SetLastError = true)]
    private static extern nint ReadDir64(nint stream);
}
