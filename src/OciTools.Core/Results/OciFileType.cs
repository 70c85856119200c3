namespace OciTools;

/// <summary>What an item of a layer is.</summary>
public enum OciFileType
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link: a name that leads to a path.</summary>
    SymbolicLink,

    /// <summary>A hard link: one more name of a file that the layer, or one below, has already.</summary>
    HardLink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A named pipe.</summary>
    Fifo,
}
