using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>
/// Keeps the blobs of a layout from being removed: a file that a writer holds while it copies again what was removed
/// under its hands, so that a layout that is tidied up without a pause can be saved into all the same.
/// </summary>
/// <remarks>Both the claim and the look for claims need the layout's lock, so neither overlooks the other.</remarks>
internal sealed class ContentClaim : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;

    private ContentClaim(string path, SafeFileHandle file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Makes the claim. The caller holds the layout's lock.</summary>
    public static ContentClaim Make(LayoutPaths paths)
    {
        string path = paths.NewClaim();
        return new ContentClaim(path, ExclusiveFile.Create(path));
    }

    /// <summary>
    /// Whether somebody has a claim; those of processes that are gone are removed. The caller holds the layout's lock.
    /// </summary>
    public static bool AnyIn(LayoutPaths paths)
    {
        bool any = false;
        foreach (string path in Directory.EnumerateFiles(paths.Staging, $"*{LayoutPaths.ClaimExtension}"))
        {
            using SafeFileHandle? abandoned = ExclusiveFile.TryOpen(path);
            if (abandoned is null)
                any |= File.Exists(path);
            else
                File.Delete(path);
        }

        return any;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using SafeFileHandle held = _file;
        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // Without its holder it is no claim any more; whoever looks for claims removes it.
        }
    }
}
