using System.Runtime.InteropServices;

namespace OciTools.RootFs;

/// <summary>The numbers that Linux and macOS have for errors, options and types.</summary>
internal static class UnixNumbers
{
    public const int NotPermitted = 1; // EPERM
    public const int NotFound = 2; // ENOENT
    public const int Interrupted = 4; // EINTR
    public const int AccessDenied = 13; // EACCES
    public const int Exists = 17; // EEXIST
    public const int NotAFolder = 20; // ENOTDIR
    public const int IsAFolder = 21; // EISDIR
    public const int Invalid = 22; // EINVAL
    public const int TooManyNames = 31; // EMLINK

    public const int ReadOnly = 0; // O_RDONLY
    public const int WriteOnly = 1; // O_WRONLY

    public const int Fifo = 0x1000; // S_IFIFO
    public const int CharacterDevice = 0x2000; // S_IFCHR
    public const int BlockDevice = 0x6000; // S_IFBLK

    private static readonly bool s_isLinux = OperatingSystem.IsLinux();

    // Linux has other numbers for two options on these processors than on the rest.
    private static readonly bool s_isOdd = RuntimeInformation.ProcessArchitecture
        is Architecture.Arm or Architecture.Arm64 or Architecture.Armv6 or Architecture.Ppc64le;

    public static int TooManyLinks { get; } = s_isLinux ? 40 : 62; // ELOOP

    public static int NotSupported { get; } = s_isLinux ? 95 : 45; // ENOTSUP

    public static int NoSuchCall { get; } = s_isLinux ? 38 : 78; // ENOSYS

    public static int NotFollowing { get; } = s_isLinux ? 0x100 : 0x20; // AT_SYMLINK_NOFOLLOW

    public static int RemoveFolder { get; } = s_isLinux ? 0x200 : 0x80; // AT_REMOVEDIR

    /// <summary>To open a folder, and nothing that a link leads to.</summary>
    public static int OpenFolder { get; } = FollowToFolder | NoLink;

    /// <summary>To open a folder, be it through a link.</summary>
    public static int FollowToFolder => ReadOnly | CloseOnExec
        | (s_isLinux ? (s_isOdd ? 0x4000 : 0x10000) : 0x100000); // O_DIRECTORY

    /// <summary>To make a file that is not there yet.</summary>
    public static int CreateFile { get; } = WriteOnly | CloseOnExec | NoLink
        | (s_isLinux ? 0x40 | 0x80 : 0x200 | 0x800); // O_CREAT | O_EXCL

    private static int CloseOnExec => s_isLinux ? 0x80000 : 0x1000000; // O_CLOEXEC

    private static int NoLink => s_isLinux ? (s_isOdd ? 0x8000 : 0x20000) : 0x100; // O_NOFOLLOW
}
