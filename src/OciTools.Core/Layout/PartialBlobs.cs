using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>
/// The unfinished blobs of a layout. A file that is being written is held by its writer; one that is not was left
/// behind by a transfer that was interrupted, and whoever needs its blob next takes it over.
/// </summary>
internal sealed class PartialBlobs
{
    /// <summary>Fewer bytes, 1 MiB, are fetched again as fast as they are found.</summary>
    public const long WorthKeeping = 1024 * 1024;

    /// <summary>The age at which what is left behind is removed: one day without a write.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromDays(1);

    private readonly LayoutPaths _paths;

    private PartialBlobs(LayoutPaths paths) => _paths = paths;

    /// <summary>Makes the folder for unfinished blobs, and removes what has been there for long.</summary>
    public static PartialBlobs Prepare(LayoutPaths paths)
    {
        try
        {
            Directory.CreateDirectory(paths.Staging);
            RemoveStale(paths.Staging);
            return new PartialBlobs(paths);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(paths.Staging, exception);
        }
    }

    /// <summary>
    /// Opens the file for a blob: with what an earlier transfer left of it, or else a new one. A blob that is small is
    /// not looked for, and not left behind.
    /// </summary>
    public StagedBlob Open(Descriptor blob)
    {
        string algorithm = blob.Digest.Algorithm;
        return blob.Size <= WorthKeeping
            ? StagedBlob.Create(_paths.NewTemporary(), algorithm)
            : TakeOver(blob) ?? StagedBlob.Create(_paths.NewPartial(blob.Digest), algorithm, WorthKeeping);
    }

    /// <summary>Removes what nobody holds and nobody has written to for a day.</summary>
    private static void RemoveStale(string folder)
    {
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (DateTime.UtcNow - file.LastWriteTimeUtc <= StaleAfter)
                continue;
            try
            {
                using SafeFileHandle? held = ExclusiveFile.TryOpen(file.FullName);
                if (held is not null)
                    file.Delete();
            }
            catch (UnauthorizedAccessException)
            {
                // It belongs to another user.
            }
        }
    }

    /// <summary>
    /// Takes the longest leftover of a blob, and removes the others. Where locks do nothing all of them may be in use.
    /// </summary>
    private StagedBlob? TakeOver(Descriptor blob)
    {
        StagedBlob? taken = null;
        foreach (FileInfo leftover in Leftovers(blob.Digest))
        {
            try
            {
                if (TryTake(leftover.FullName) is not { } file)
                    continue;
                if (taken is null && RandomAccess.GetLength(file) <= blob.Size)
                {
                    taken = new StagedBlob(leftover.FullName, blob.Digest.Algorithm, file, WorthKeeping);
                    continue;
                }

                using (file)
                    leftover.Delete();
            }
            catch (Exception exception) when (FileFault.IsFileFault(exception))
            {
                // It belongs to another user, for instance.
            }
        }

        return taken;
    }

    // A link may lead out of the layout; what is not an ordinary file has no length.
    private IEnumerable<FileInfo> Leftovers(Digest digest) =>
        new DirectoryInfo(_paths.Staging).EnumerateFiles(LayoutPaths.PartialPattern(digest))
            .Where(file => !file.Attributes.HasFlag(FileAttributes.ReparsePoint) && file.Length > 0)
            .OrderByDescending(file => LayoutPaths.SolidLength(file.Name) ?? file.Length);

    private static SafeFileHandle? TryTake(string path)
    {
        SafeFileHandle? file = ExclusiveFile.TryOpen(path);
        // Between the listing and the lock its writer may have given the file its final name. It does so before it lets
        // go, and no name is used twice: what still has the name is still unfinished.
        if (file is not null && File.Exists(path) && ExclusiveFile.IsHeld(path))
            return file;
        file?.Dispose();
        return null;
    }
}
