using System.Runtime.InteropServices;

namespace OciTools.RootFs;

/// <summary>An open folder on Linux or macOS.</summary>
internal sealed class UnixFolder : Folder
{
    private const int OwnerMask = 0b111_000_000;
    private const int MaximumLinkLength = 4096;

    private readonly int _descriptor;
    private readonly string _name;
    private FileTime? _time;
    private int? _mode;
    private bool _isClosed;

    private UnixFolder(int descriptor, string name)
    {
        _descriptor = descriptor;
        _name = name;
    }

    private static bool IsRoot { get; } = UnixNative.EffectiveUser() == 0;

    /// <summary>A number that is closed may soon be that of another file.</summary>
    private int Descriptor
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _descriptor;
        }
    }

    /// <summary>Opens a folder by its path. Links on the way are the user's own, and are followed.</summary>
    public static UnixFolder OpenPath(string path)
    {
        const int CurrentFolder = -100; // no folder: the path is absolute
        int descriptor = UnixNative.Open(CurrentFolder, UnixText.Encode(path), UnixNumbers.FollowToFolder);
        return descriptor >= 0 ? new UnixFolder(descriptor, path) : throw UnixNative.LastFault(path);
    }

    /// <inheritdoc/>
    public override Folder? TryOpen(string name)
    {
        byte[] bytes = UnixText.Encode(name);
        int descriptor = UnixNative.Open(Descriptor, bytes, UnixNumbers.OpenFolder);
        if (descriptor >= 0)
            return Unlock(new UnixFolder(descriptor, name));

        int error = UnixNative.LastError;
        if (error is UnixNumbers.NotFound or UnixNumbers.NotAFolder || error == UnixNumbers.TooManyLinks)
            return null;
        Exception fault = UnixNative.LastFault(name);
        if (error != UnixNumbers.AccessDenied || UnixStatus.TryRead(Descriptor, bytes) is not { } status)
            throw fault;

        // A folder of our own that we must not read, because the image says so.
        _ = UnixNative.ChangeMode(Descriptor, bytes, (uint)(status.Mode | OwnerMask), UnixNumbers.NotFollowing);
        descriptor = UnixNative.Open(Descriptor, bytes, UnixNumbers.OpenFolder);
        return descriptor >= 0 ? new UnixFolder(descriptor, name) { _mode = status.Mode } : throw fault;
    }

    /// <inheritdoc/>
    public override Folder? TryCreate(string name)
    {
        KeepTime();
        byte[] bytes = UnixText.Encode(name);
        if (UnixNative.MakeFolder(Descriptor, bytes, OwnerMask) != 0)
            return UnixNative.LastError == UnixNumbers.Exists ? null : throw UnixNative.LastFault(name);
        int descriptor = UnixNative.Open(Descriptor, bytes, UnixNumbers.OpenFolder);
        return descriptor >= 0 ? new UnixFolder(descriptor, name) : throw UnixNative.LastFault(name);
    }

    /// <inheritdoc/>
    public override FileWriter? TryCreateFile(string name)
    {
        const int OwnerReadWrite = 0b110_000_000;
        KeepTime();
        int descriptor =
            UnixNative.Open(Descriptor, UnixText.Encode(name), UnixNumbers.CreateFile, OwnerReadWrite);
        if (descriptor >= 0)
            return new UnixFile(descriptor, name);
        return UnixNative.LastError == UnixNumbers.Exists ? null : throw UnixNative.LastFault(name);
    }

    /// <inheritdoc/>
    public override Creation TryCreateLink(string name, string target)
    {
        KeepTime();
        return Check(UnixNative.MakeLink(UnixText.Encode(target), Descriptor, UnixText.Encode(name)), name);
    }

    /// <inheritdoc/>
    public override Creation TryCreateHardLink(string name, Folder from, string fromName)
    {
        KeepTime();
        int result = UnixNative.MakeHardLink(
            ((UnixFolder)from).Descriptor, UnixText.Encode(fromName), Descriptor, UnixText.Encode(name), options: 0);
        return Check(result, name);
    }

    /// <inheritdoc/>
    public override Creation TryCreateDevice(string name, TarEntry entry)
    {
        const uint OwnerReadWrite = 0b110_000_000;
        KeepTime();
        byte[] bytes = UnixText.Encode(name);
        if (entry.Type == OciFileType.Fifo)
            return Check(UnixNative.MakeFifo(Descriptor, bytes, OwnerReadWrite), name);

        int type = entry.Type == OciFileType.BlockDevice ? UnixNumbers.BlockDevice : UnixNumbers.CharacterDevice;
        ulong device = Number((uint)entry.DeviceMajor, (uint)entry.DeviceMinor);
        return Check(UnixNative.MakeDevice(Descriptor, bytes, type | (int)OwnerReadWrite, device), name);
    }

    /// <inheritdoc/>
    public override bool TryRename(string name, string newName)
    {
        KeepTime();
        if (Exists(newName))
            return false;
        byte[] bytes = UnixText.Encode(newName);
        return UnixNative.Rename(Descriptor, UnixText.Encode(name), Descriptor, bytes) == 0
            ? true
            : throw UnixNative.LastFault(name);
    }

    /// <inheritdoc/>
    public override string? ReadLink(string name)
    {
        byte[] target = new byte[MaximumLinkLength];
        nint length = UnixNative.ReadLink(Descriptor, UnixText.Encode(name), target, (nuint)target.Length);
        if (length >= 0)
            return TarText.Decode(target.AsSpan(0, (int)length));
        return UnixNative.LastError is UnixNumbers.NotFound or UnixNumbers.Invalid ? null : throw UnixNative.LastFault(
            name);
    }

    /// <inheritdoc/>
    public override bool Exists(string name) => UnixStatus.TryRead(Descriptor, UnixText.Encode(name)) is not null;

    /// <inheritdoc/>
    public override bool TryRemoveFile(string name)
    {
        KeepTime();
        if (UnixNative.Remove(Descriptor, UnixText.Encode(name), options: 0) == 0)
            return true;

        // POSIX has EPERM for folders, Linux EISDIR.
        return UnixNative.LastError switch
        {
            UnixNumbers.NotFound => true,
            UnixNumbers.IsAFolder or UnixNumbers.NotPermitted => false,
            _ => throw UnixNative.LastFault(name),
        };
    }

    /// <inheritdoc/>
    public override void RemoveFolder(string name)
    {
        KeepTime();
        if (UnixNative.Remove(Descriptor, UnixText.Encode(name), UnixNumbers.RemoveFolder) != 0)
            throw UnixNative.LastFault(name);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> List()
    {
        // A folder stream takes its descriptor over, and moves the place in it: it gets one of its own.
        int descriptor = UnixNative.Open(Descriptor, UnixText.Encode("."), UnixNumbers.OpenFolder);
        nint stream = descriptor < 0 ? 0 : UnixNative.OpenFolderStream(descriptor);
        if (stream == 0)
            throw UnixNative.LastFault(_name);

        var names = new List<string>();
        try
        {
            while (UnixNative.ReadFolderEntry(stream) is not 0 and var entry)
            {
                string name = TarText.Decode(ReadName(entry));
                if (name is not ("." or ".."))
                    names.Add(name);
            }
        }
        finally
        {
            _ = UnixNative.CloseFolderStream(stream);
        }

        return names;
    }

    /// <inheritdoc/>
    public override MetadataParts Apply(TarEntry entry)
    {
        _time = FileTime.From(entry);
        bool isLocked = !IsRoot && (entry.Mode & OwnerMask) != OwnerMask;
        _mode = isLocked ? entry.Mode : null;
        return UnixMetadata.Apply(Descriptor, entry, isLocked ? entry.Mode | OwnerMask : null);
    }

    /// <inheritdoc/>
    public override MetadataParts ApplyTo(string name, TarEntry entry) =>
        UnixMetadata.ApplyTo(Descriptor, UnixText.Encode(name), name, entry);

    /// <inheritdoc/>
    public override void Complete()
    {
        if (_mode is { } mode)
            _ = UnixNative.ChangeMode(Descriptor, (uint)mode);
        if (_time is { } time)
            _ = UnixMetadata.SetTime(Descriptor, time);
        (_mode, _time) = (null, null);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (!_isClosed)
            _ = UnixNative.Close(_descriptor);
        _isClosed = true;
    }

    /// <summary>A folder of our own that we must not write to is one that we may, until it is completed.</summary>
    private static UnixFolder Unlock(UnixFolder folder)
    {
        if (IsRoot)
            return folder;
        UnixStatus status = UnixStatus.Read(folder.Descriptor);
        if ((status.Mode & OwnerMask) != OwnerMask
            && UnixNative.ChangeMode(folder.Descriptor, (uint)(status.Mode | OwnerMask)) == 0)
        {
            folder._mode = status.Mode;
        }

        return folder;
    }

    private static Creation Check(int result, string name)
    {
        if (result == 0)
            return Creation.Done;
        int error = UnixNative.LastError;
        return error == UnixNumbers.Exists ? Creation.NameTaken
            : error is UnixNumbers.NotPermitted or UnixNumbers.TooManyNames
                || error == UnixNumbers.NotSupported || error == UnixNumbers.NoSuchCall ? Creation.NotPermitted
            : throw UnixNative.LastFault(name);
    }

    /// <summary>The number of a device: dev_t of Linux, or of macOS.</summary>
    private static ulong Number(uint major, uint minor) => OperatingSystem.IsLinux()
        ? ((ulong)(major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8)
            | ((ulong)(minor & 0xFFFFFF00) << 12) | (minor & 0xFF)
        : (major << 24) | (minor & 0xFFFFFF);

    /// <summary>Reads the name of a struct dirent, of 64-bit Linux and of macOS with 64-bit inodes.</summary>
    private static byte[] ReadName(nint entry)
    {
        int start = OperatingSystem.IsLinux() ? 19 : 21;
        int length = 0;
        while (Marshal.ReadByte(entry, start + length) != 0)
            length++;
        byte[] name = new byte[length];
        Marshal.Copy(entry + start, name, 0, length);
        return name;
    }

    private void KeepTime() => _time ??= UnixStatus.Read(Descriptor).Time;
}
