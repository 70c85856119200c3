using OciTools.Layout;

namespace OciTools.RootFs;

/// <summary>
/// The file beside a directory that says that the directory is not whole: its name and <c>.incomplete</c>. It is there
/// from before the first write until after the last. As long as it is open, no other process takes the directory.
/// </summary>
internal sealed class IncompleteMark : IDisposable
{
    private const string Extension = ".incomplete";

    // Windows must be told that a file may go while it is open.
    private static readonly FileShare s_share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    private readonly string _path;
    private readonly FileStream _file;

    private IncompleteMark(string path, FileStream file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Where the file of a directory is.</summary>
    public static string GetPath(string directory) => directory + Extension;

    /// <summary>Makes the file, in the place of one that an earlier attempt left.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.DestinationExists"/>: another process writes the directory.
    /// </exception>
    public static IncompleteMark Create(string directory)
    {
        string path = GetPath(directory);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            RemoveOld(path, directory);

            // A new file, because the folder may be one where others can put links.
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, s_share);
            var mark = new IncompleteMark(path, file);
            using (var text = new StreamWriter(file, leaveOpen: true))
                text.WriteLine($"'{directory}' is being unpacked, or was not unpacked to the end. Do not use it.");
            return mark;
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }

    /// <summary>Takes the file away, because the directory is whole, or empty.</summary>
    public void Remove()
    {
        File.Delete(_path);
        _file.Dispose();
    }

    /// <summary>Closes the file, and leaves it.</summary>
    public void Dispose() => _file.Dispose();

    private static void RemoveOld(string path, string directory)
    {
        try
        {
            // Opened to be read alone, a pipe in its place would wait for somebody who writes to it.
            using var old = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, s_share);
            File.Delete(path);
        }
        catch (FileNotFoundException)
        {
        }
        catch (IOException exception) when (FileFault.IsHeldElsewhere(exception))
        {
            throw new OciException(
                OciErrorCode.DestinationExists,
                $"Another process is unpacking into '{directory}'. Wait for it, or choose another folder.",
                directory,
                exception);
        }
    }
}
