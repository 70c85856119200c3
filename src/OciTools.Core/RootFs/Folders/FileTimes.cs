using System.Runtime.InteropServices;

namespace OciTools.RootFs;

/// <summary>The two times that Unix lets one set: of the last access, and of the last change.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FileTimes(FileTime Access, FileTime Change)
{
    /// <summary>The same for both, because an image says nothing of access.</summary>
    public static FileTimes Both(FileTime time) => new(time, time);
}
