using Microsoft.Win32.SafeHandles;

namespace OciTools.RootFs;

/// <summary>
/// An open folder on Windows. It is reached by its path, which stays true: as long as the folder is open nobody can
/// rename or remove it, nor the folders above it that were opened before it. Elsewhere, where tests run it, it is only
/// checked for links.
/// </summary>
internal sealed class ManagedFolder : Folder
{
    private const int PrivilegeNotHeld = 1314;

    // What the year 1601 does for Windows.
    private static readonly DateTime s_firstTime = DateTime.FromFileTimeUtc(0).AddSeconds(1);

    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, ReturnSpecialDirectories = false };

    private readonly string _path;
    private readonly SafeFileHandle? _hold;
    private DateTime? _time;

    private ManagedFolder(string path, SafeFileHandle? hold)
    {
        _path = path;
        _hold = hold;
    }

    /// <summary>Opens a folder by its path. Links on the way are the user's own, and are followed.</summary>
    public static ManagedFolder OpenPath(string path)
    {
        string real = new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
        return TryOpenPath(real) ?? throw new DirectoryNotFoundException($"There is no folder '{path}'.");
    }

    /// <summary>What Windows has no place for.</summary>
    public static MetadataParts GetUnknown(TarEntry entry) => MetadataParts.Owner | MetadataParts.Mode
        | (entry.ExtendedAttributes.Count > 0 ? MetadataParts.Attributes : MetadataParts.None);

    /// <summary>The time of an entry, as far as Windows goes back.</summary>
    public static DateTime ToFileTime(TarEntry entry) =>
        entry.ModifiedTime.UtcDateTime < s_firstTime ? s_firstTime : entry.ModifiedTime.UtcDateTime;

    /// <inheritdoc/>
    public override Folder? TryOpen(string name) => TryOpenPath(PathOf(name));

    /// <inheritdoc/>
    public override Folder? TryCreate(string name)
    {
        KeepTime();
        if (Exists(name))
            return null;
        Directory.CreateDirectory(PathOf(name));
        return TryOpen(name);
    }

    /// <inheritdoc/>
    public override FileWriter? TryCreateFile(string name)
    {
        KeepTime();
        string path = PathOf(name);
        if (OperatingSystem.IsWindows())
            return WindowsNative.TryCreateFile(path) is { } handle ? new ManagedFile(handle) : null;
        return Exists(name) ? null : new ManagedFile(File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write));
    }

    /// <inheritdoc/>
    public override Creation TryCreateLink(string name, string target)
    {
        KeepTime();
        if (Exists(name))
            return Creation.NameTaken;

        string stored = OperatingSystem.IsWindows() ? target.Replace('/', '\\') : target;
        try
        {
            // Windows tells links to folders from links to files, and the image does not.
            if (Directory.Exists(Path.Combine(_path, stored)))
                Directory.CreateSymbolicLink(PathOf(name), stored);
            else
                File.CreateSymbolicLink(PathOf(name), stored);
            return Creation.Done;
        }
        catch (Exception exception) when (
            exception is UnauthorizedAccessException or ArgumentException
            || (exception is IOException && (exception.HResult & 0xFFFF) == PrivilegeNotHeld))
        {
            return Creation.NotPermitted;
        }
    }

    /// <inheritdoc/>
    public override Creation TryCreateHardLink(string name, Folder from, string fromName)
    {
        KeepTime();
        string existing = ((ManagedFolder)from).PathOf(fromName);
        using SafeFileHandle? hold = OperatingSystem.IsWindows() ? WindowsNative.TryHold(existing) : null;
        if (from.ReadLink(fromName) is { } target)
            return TryCreateLink(name, target);
        if (!from.Exists(fromName))
            throw new FileNotFoundException($"There is no file '{existing}'.", existing);
        if (!OperatingSystem.IsWindows())
            return Creation.NotPermitted;
        return WindowsNative.TryCreateHardLink(PathOf(name), existing) ? Creation.Done : Creation.NameTaken;
    }

    /// <inheritdoc/>
    public override Creation TryCreateDevice(string name, TarEntry entry) =>
        Exists(name) ? Creation.NameTaken : Creation.NotPermitted;

    /// <inheritdoc/>
    public override bool TryRename(string name, string newName)
    {
        KeepTime();
        if (Exists(newName))
            return false;
        Directory.Move(PathOf(name), PathOf(newName));
        return true;
    }

    /// <inheritdoc/>
    public override string? ReadLink(string name)
    {
        string path = PathOf(name);
        bool isLink = GetAttributes(path) is { } attributes && attributes.HasFlag(FileAttributes.ReparsePoint);
        string? target = isLink ? new FileInfo(path).LinkTarget : null;
        return OperatingSystem.IsWindows() ? target?.Replace('\\', '/') : target;
    }

    /// <inheritdoc/>
    public override bool Exists(string name) => GetAttributes(PathOf(name)) is not null;

    /// <inheritdoc/>
    public override bool TryRemoveFile(string name)
    {
        KeepTime();
        string path = PathOf(name);
        if (GetAttributes(path) is not { } attributes)
            return true;
        if (!attributes.HasFlag(FileAttributes.Directory))
        {
            File.Delete(path);
            return true;
        }

        if (!attributes.HasFlag(FileAttributes.ReparsePoint))
            return false;

        // A link to a folder, or a junction: this takes the link away.
        Directory.Delete(path);
        return true;
    }

    /// <inheritdoc/>
    public override void RemoveFolder(string name)
    {
        KeepTime();
        Directory.Delete(PathOf(name));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> List() =>
        [.. Directory.EnumerateFileSystemEntries(_path, "*", s_all).Select(path => Path.GetFileName(path))];

    /// <inheritdoc/>
    public override MetadataParts Apply(TarEntry entry)
    {
        _time = ToFileTime(entry);
        return GetUnknown(entry);
    }

    /// <inheritdoc/>
    public override MetadataParts ApplyTo(string name, TarEntry entry) => GetUnknown(entry) | MetadataParts.Time;

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_time is { } time)
            Directory.SetLastWriteTimeUtc(_path, time);
        _time = null;
    }

    /// <inheritdoc/>
    public override void Dispose() => _hold?.Dispose();

    private static ManagedFolder? TryOpenPath(string path)
    {
        SafeFileHandle? hold = OperatingSystem.IsWindows() ? WindowsNative.TryHold(path) : null;
        FileAttributes? attributes = hold is not null ? File.GetAttributes(hold)
            : OperatingSystem.IsWindows() ? null
            : GetAttributes(path);
        if (attributes is { } known
            && known.HasFlag(FileAttributes.Directory) && !known.HasFlag(FileAttributes.ReparsePoint))
        {
            return new ManagedFolder(path, hold);
        }

        hold?.Dispose();
        return null;
    }

    private static FileAttributes? GetAttributes(string path)
    {
        try
        {
            return File.GetAttributes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string PathOf(string name) => Path.Combine(_path, name);

    private void KeepTime() => _time ??= Directory.GetLastWriteTimeUtc(_path);
}
