using System.Text;
using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>
/// A lock for file systems without locks: a file that only one process can make. Who is killed while holding it keeps
/// others waiting until it counts as abandoned.
/// </summary>
internal sealed class LockFile : IDisposable
{
    /// <summary>Whoever holds it does so for milliseconds; after half a minute its process is gone.</summary>
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly string _owner;

    private LockFile(string path, string owner)
    {
        _path = path;
        _owner = owner;
    }

    /// <summary>Makes the file; null when somebody else holds it.</summary>
    public static LockFile? TryCreate(string path)
    {
        string owner = $"{Guid.NewGuid():N}";
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(file, Encoding.ASCII.GetBytes(owner), 0);
            return new LockFile(path, owner);
        }
        catch (IOException exception) when (FileFault.IsNameTaken(exception))
        {
            RemoveAbandoned(path, $"{path}.{owner}");
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            if (File.ReadAllText(_path) == _owner)
                File.Delete(_path);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // Then it counts as abandoned later.
        }
    }

    private static void RemoveAbandoned(string path, string temporary)
    {
        // The clock is that of the file system, which all who share it have in common.
        File.WriteAllText(temporary, "");
        DateTime now = File.GetLastWriteTimeUtc(temporary);
        var held = new FileInfo(path);
        try
        {
            // Of several processes that move it away one succeeds.
            if (held.Exists && now - held.LastWriteTimeUtc > s_abandonedAfter)
                File.Move(path, temporary, overwrite: true);
        }
        catch (FileNotFoundException)
        {
            // Another one has.
        }

        File.Delete(temporary);
    }
}
