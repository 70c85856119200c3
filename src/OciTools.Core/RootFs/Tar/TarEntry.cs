namespace OciTools.RootFs;

/// <summary>One entry of a tar archive.</summary>
internal sealed record TarEntry
{
    /// <summary>The permission bits of a mode, with set-user-ID, set-group-ID and sticky.</summary>
    public const int ModeMask = 0b111_111_111_111;

    /// <summary>
    /// The name as it is stored: it may start with <c>./</c> or <c>/</c>, hold <c>..</c>, and end with a slash.
    /// </summary>
    /// <remarks>Bytes that are no UTF-8 are kept as <see cref="TarText"/> tells.</remarks>
    public required string Name { get; init; }

    public OciFileType Type { get; init; }

    /// <summary>The permission bits, as in <see cref="ModeMask"/>.</summary>
    public int Mode { get; init; } = 0b110_100_100;

    /// <summary>The number of the owner, never negative.</summary>
    public long Uid { get; init; }

    /// <summary>The number of the group, never negative.</summary>
    public long Gid { get; init; }

    /// <summary>The name of the owner; empty when it is not stored.</summary>
    public string UserName { get; init; } = "";

    /// <summary>The name of the group; empty when it is not stored.</summary>
    public string GroupName { get; init; } = "";

    /// <summary>The length of <see cref="Data"/>, with the holes of a sparse file; 0 for all but files.</summary>
    public long Size { get; init; }

    /// <summary>
    /// When the content was changed, down to 100 ns, and no further than a <see cref="DateTimeOffset"/> reaches.
    /// </summary>
    public DateTimeOffset ModifiedTime { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>The nanoseconds beyond <see cref="ModifiedTime"/>, from 0 to 99, which .NET has no place for.</summary>
    public int ModifiedNanoseconds { get; init; }

    /// <summary>What a symbolic or hard link leads to, as it is stored; otherwise empty.</summary>
    public string LinkName { get; init; } = "";

    /// <summary>The major number of a device.</summary>
    public int DeviceMajor { get; init; }

    /// <summary>The minor number of a device.</summary>
    public int DeviceMinor { get; init; }

    /// <summary>The extended attributes by their full names, for example <c>security.capability</c>.</summary>
    public IReadOnlyDictionary<string, byte[]> ExtendedAttributes { get; init; } = NoAttributes;

    /// <summary>
    /// The PAX records that no other property stands for, for example <c>MSWINDOWS.rawsd</c> or <c>atime</c>.
    /// </summary>
    public IReadOnlyDictionary<string, string> Records { get; init; } = Descriptor.EmptyAnnotations;

    /// <summary>The content of a file. From a reader, it can be read once, and until the next entry is read.</summary>
    public Stream Data { get; init; } = Stream.Null;

    /// <summary>Where the header of the entry starts in its archive.</summary>
    public long Offset { get; init; }

    internal static IReadOnlyDictionary<string, byte[]> NoAttributes { get; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, byte[]>.Empty;
}
