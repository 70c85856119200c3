namespace OciTools;

/// <summary>What differs in something that both images have.</summary>
[Flags]
public enum OciChanges
{
    /// <summary>Nothing that has a name here.</summary>
    None = 0,

    /// <summary>What it is, for example a link instead of a file.</summary>
    Type = 1 << 0,

    /// <summary>The content of a file.</summary>
    Content = 1 << 1,

    /// <summary>The permissions.</summary>
    Mode = 1 << 2,

    /// <summary>The owner or the group.</summary>
    Owner = 1 << 3,

    /// <summary>What a symbolic link leads to, or the names that a file has besides.</summary>
    Link = 1 << 4,

    /// <summary>The number of a device.</summary>
    Device = 1 << 5,

    /// <summary>The extended attributes.</summary>
    Attributes = 1 << 6,

    /// <summary>When it was changed; of a step of the history, nothing but when it ran.</summary>
    Time = 1 << 7,

    /// <summary>How a layer is packed; what it unpacks to is the same.</summary>
    Packing = 1 << 8,
}
