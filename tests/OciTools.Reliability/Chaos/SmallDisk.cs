using System.Diagnostics;

namespace OciTools.Reliability.Chaos;

/// <summary>A file system in memory that can be full. Mounting one takes Linux and root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private static readonly Lazy<bool> s_isAvailable = new(Try);

    private SmallDisk(string path) => Path = path;

    public static bool IsAvailable => s_isAvailable.Value;

    public string Path { get; }

    public static SmallDisk Mount(string path)
    {
        Directory.CreateDirectory(path);
        return Run("mount", "-t", "tmpfs", "tmpfs", path)
            ? new SmallDisk(path)
            : throw new InvalidOperationException("A file system cannot be mounted.");
    }

    /// <summary>Leaves so many bytes free.</summary>
    public void Shrink(long free)
    {
        var drive = new DriveInfo(Path);
        Resize(drive.TotalSize - drive.TotalFreeSpace + free);
    }

    /// <summary>Makes space for everything.</summary>
    public void Grow() => Resize(long.MaxValue / 2);

    public void Dispose() => Run("umount", "--lazy", Path);

    private void Resize(long size)
    {
        // Zero would mean no limit.
        if (!Run("mount", "-o", $"remount,size={Math.Max(1, size)}", Path))
            throw new InvalidOperationException($"{Path} cannot be made {size} bytes large.");
    }

    private static bool Try()
    {
        string path = Directory.CreateTempSubdirectory("ocitools-chaos-").FullName;
        try
        {
            if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess
                || !Run("mount", "-t", "tmpfs", "tmpfs", path))
                return false;
            Run("umount", path);
            return true;
        }
        finally
        {
            Directory.Delete(path);
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
        })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
