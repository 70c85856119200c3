using OciTools.Tests.Support;

namespace OciTools.Tests.Layout;

/// <summary>
/// A file system that is soon full. Mounting one takes Linux and root; without them the test is skipped.
/// </summary>
internal sealed class SmallFileSystem : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private SmallFileSystem()
    {
    }

    public string Path => _directory.Combine("disk");

    public static async Task<SmallFileSystem> MountAsync(int megabytes)
    {
        Tool.Require("mount");
        var disk = new SmallFileSystem();
        Directory.CreateDirectory(disk.Path);
        try
        {
            await Tool.RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", disk.Path);
        }
        catch (InvalidOperationException exception)
        {
            disk._directory.Dispose();
            Assert.Skip($"A file system cannot be mounted here: {exception.Message}");
        }

        return disk;
    }

    public void Dispose()
    {
        using var process = System.Diagnostics.Process.Start("umount", [Path]);
        process.WaitForExit();
        _directory.Dispose();
    }
}
