using OciTools.RootFs;

namespace OciTools;

/// <summary>
/// One thing in a layer: a file, a directory, a link, or a mark that takes something of the layers below away.
/// </summary>
public sealed record OciLayerItem
{
    /// <summary>The image, pinned to the digest of its manifest.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The digest of the layer, as it is stored.</summary>
    public required Digest Layer { get; init; }

    /// <summary>
    /// The path in the image, for example <c>etc/passwd</c>, without a slash at either end; <c>.</c> for the root. Of a
    /// whiteout it is the path that is taken away, of an opaque mark the directory. A byte of the name that is no UTF-8
    /// stands as the lone surrogate U+DC00 plus its value.
    /// </summary>
    public required string Path { get; init; }

    /// <summary>What it is. Marks are files.</summary>
    public OciFileType Type { get; init; }

    /// <summary>The permission bits, with set-user-ID, set-group-ID and sticky, for example octal 644.</summary>
    public int Mode { get; init; }

    /// <summary>The type and the permissions as <c>ls -l</c> shows them, for example <c>-rwxr-xr-x</c>.</summary>
    public string ModeText => FileModeText.Format(Type, Mode);

    /// <summary>The number of the owner.</summary>
    public long Uid { get; init; }

    /// <summary>The number of the group.</summary>
    public long Gid { get; init; }

    /// <summary>The name of the owner; empty when the layer does not tell.</summary>
    public string UserName { get; init; } = "";

    /// <summary>The name of the group; empty when the layer does not tell.</summary>
    public string GroupName { get; init; } = "";

    /// <summary>The size of a file in bytes, with the holes of a sparse one; 0 for all else.</summary>
    public long Size { get; init; }

    /// <summary>What a symbolic or hard link leads to, as it is stored; null for all else.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>Whether it takes <see cref="Path"/> of the layers below away.</summary>
    public bool IsWhiteout { get; init; }

    /// <summary>Whether it takes everything in the directory <see cref="Path"/> of the layers below away.</summary>
    public bool IsOpaque { get; init; }

    /// <summary>When the content was changed.</summary>
    public DateTimeOffset ModifiedTime { get; init; }

    /// <summary>The path, made safe to show.</summary>
    public override string ToString() => DisplayText.Sanitize(Path);

    internal static OciLayerItem Create(ImageReference reference, Digest layer, LayerPath path, TarEntry entry) => new()
    {
        Reference = reference,
        Layer = layer,
        Path = path.Path.Length == 0 ? "." : path.Path,
        Type = entry.Type,
        Mode = entry.Mode,
        Uid = entry.Uid,
        Gid = entry.Gid,
        UserName = entry.UserName,
        GroupName = entry.GroupName,
        Size = entry.Size,
        LinkTarget = entry.Type is OciFileType.SymbolicLink or OciFileType.HardLink ? entry.LinkName : null,
        IsWhiteout = path.IsWhiteout,
        IsOpaque = path.IsOpaque,
        ModifiedTime = entry.ModifiedTime,
    };
}
