namespace OciTools.RootFs;

/// <summary>
/// The names that the things of an image have on the disk: their own, where the file system takes all names.
/// </summary>
internal class TargetNames
{
    /// <summary>The name that something gets.</summary>
    /// <param name="folder">The path of its folder in the image.</param>
    /// <param name="name">Its name in the image.</param>
    public virtual string Get(string folder, string name) => name;

    /// <summary>The name that something has; null when nothing with this name has been made.</summary>
    public virtual string? Find(string folder, string name) => name;

    /// <summary>Lets a name go, with all in it, because the thing is removed.</summary>
    public virtual void Forget(string folder, string name)
    {
    }

    /// <summary>The name in the image of something on the disk.</summary>
    public virtual string FromStored(string folder, string stored) => stored;
}
