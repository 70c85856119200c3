namespace OciTools.RootFs;

/// <summary>What of an entry could not be applied to the file system.</summary>
[Flags]
internal enum MetadataParts : byte
{
    None = 0,

    /// <summary>User and group.</summary>
    Owner = 1,

    /// <summary>The permission bits, or the set-user-ID and set-group-ID among them.</summary>
    Mode = 2,

    /// <summary>One or more extended attributes.</summary>
    Attributes = 4,

    /// <summary>The time of the last change.</summary>
    Time = 8,

    /// <summary>The entry itself, because it is a device or a pipe.</summary>
    Device = 16,

    /// <summary>The entry itself, because it is a link.</summary>
    Link = 32,

    /// <summary>The name, which is another one on the disk.</summary>
    Name = 64,
}
