using OciTools.RootFs;

namespace OciTools;

/// <summary>One file, folder, link or device of an unpacked image.</summary>
public sealed record OciImageFile
{
    /// <summary>The image, pinned to the digest of its manifest.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>
    /// The path in the image, for example <c>etc/passwd</c>, without a slash at either end; <c>.</c> for the root. A
    /// byte of the name that is no UTF-8 stands as the lone surrogate U+DC00 plus its value.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>What it is, never a hard link: all names of a file are files.</summary>
    public OciFileType Type { get; init; }

    /// <summary>The permission bits, with set-user-ID, set-group-ID and sticky, for example octal 644.</summary>
    public int Mode { get; init; }

    /// <summary>The type and the permissions as <c>ls -l</c> shows them, for example <c>-rwxr-xr-x</c>.</summary>
    public string ModeText => FileModeText.Format(Type, Mode);

    /// <summary>The number of the owner.</summary>
    public long Uid { get; init; }

    /// <summary>The number of the group.</summary>
    public long Gid { get; init; }

    /// <summary>The size of a file in bytes; 0 for all else.</summary>
    public long Size { get; init; }

    /// <summary>The SHA-256 digest of the content of a file; null for all else.</summary>
    public Digest? Digest { get; init; }

    /// <summary>
    /// What a symbolic link leads to, as it is stored. Of a file with several names, the first of them; null for that
    /// first one, and for all else.
    /// </summary>
    public string? LinkTarget { get; init; }

    /// <summary>The major and minor number of a device, for example <c>1:3</c>; null for all else.</summary>
    public string? Device { get; init; }

    /// <summary>The extended attributes by their full names, for example <c>security.capability</c>.</summary>
    public IReadOnlyDictionary<string, byte[]> ExtendedAttributes { get; init; } = TarEntry.NoAttributes;

    /// <summary>When it was changed.</summary>
    public DateTimeOffset ModifiedTime { get; init; }

    /// <summary>The path, made safe to show.</summary>
    public override string ToString() => DisplayText.Sanitize(Path);
}
