namespace OciTools.RootFs;

/// <summary>How an attempt to create something in a folder went.</summary>
internal enum Creation
{
    Done,

    /// <summary>Something else has the name.</summary>
    NameTaken,

    /// <summary>The caller, or the file system, cannot have such a thing.</summary>
    NotPermitted,
}
