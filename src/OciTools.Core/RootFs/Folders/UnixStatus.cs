namespace OciTools.RootFs;

/// <summary>What Unix says of a file.</summary>
/// <param name="Mode">The permission bits.</param>
/// <param name="Time">The time of the last change.</param>
internal readonly record struct UnixStatus(int Mode, FileTime Time)
{
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const uint BasicStatus = 0x7FF; // STATX_BASIC_STATS

    private static readonly byte[] s_self = [0];

    /// <summary>Reads the status of an open file or folder.</summary>
    public static UnixStatus Read(int descriptor) =>
        TryRead(descriptor, s_self, EmptyPath) ?? throw UnixNative.LastFault("status");

    /// <summary>
    /// Reads the status of what has a name in an open folder, be it a link; null when there is nothing.
    /// </summary>
    public static UnixStatus? TryRead(int folder, byte[] name) => TryRead(folder, name, UnixNumbers.NotFollowing);

    private static UnixStatus? TryRead(int descriptor, byte[] name, int options)
    {
        // struct statx has the same form on all processors; struct stat of macOS is that of 64-bit inodes.
        byte[] status = new byte[256];
        int result = OperatingSystem.IsLinux() ? UnixNative.StatX(descriptor, name, options, BasicStatus, status)
            : options == EmptyPath ? UnixNative.StatOpen(descriptor, status)
            : UnixNative.StatAt(descriptor, name, status, options);
        if (result != 0)
            return null;
        return OperatingSystem.IsLinux()
            ? new UnixStatus(Bits(status, 28), new FileTime(Long(status, 112), (nint)Number(status, 120)))
            : new UnixStatus(Bits(status, 4), new FileTime(Long(status, 48), Long(status, 56)));
    }

    private static int Bits(byte[] status, int offset) => BitConverter.ToUInt16(status, offset) & TarEntry.ModeMask;

    private static uint Number(byte[] status, int offset) => BitConverter.ToUInt32(status, offset);

    private static nint Long(byte[] status, int offset) => (nint)BitConverter.ToInt64(status, offset);
}
