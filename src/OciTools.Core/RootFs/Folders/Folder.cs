namespace OciTools.RootFs;

/// <summary>
/// An open folder. It stays the same folder whatever happens to its path, and what is in it is reached by one name at a
/// time: no call ever follows a link.
/// </summary>
/// <remarks>
/// Names hold no separator and are neither <c>.</c> nor <c>..</c>. Failures are exceptions of System.IO.
/// </remarks>
internal abstract class Folder : IDisposable
{
    /// <summary>Opens a folder in this one; null when nothing, or no folder, has the name.</summary>
    public abstract Folder? TryOpen(string name);

    /// <summary>Makes a folder and opens it; null when the name is taken.</summary>
    public abstract Folder? TryCreate(string name);

    /// <summary>Makes a file; null when the name is taken.</summary>
    public abstract FileWriter? TryCreateFile(string name);

    /// <summary>Makes a symbolic link.</summary>
    public abstract Creation TryCreateLink(string name, string target);

    /// <summary>Gives a file one more name; a symbolic link as well, which is not followed.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public abstract Creation TryCreateHardLink(string name, Folder from, string fromName);

    /// <summary>Makes a device or a named pipe.</summary>
    public abstract Creation TryCreateDevice(string name, TarEntry entry);

    /// <summary>Gives something another name in the folder; false when that is taken.</summary>
    public abstract bool TryRename(string name, string newName);

    /// <summary>Where a symbolic link leads; null when nothing, or no link, has the name.</summary>
    public abstract string? ReadLink(string name);

    /// <summary>Whether anything has the name.</summary>
    public abstract bool Exists(string name);

    /// <summary>Removes anything but a folder.</summary>
    /// <returns>False when it is a folder.</returns>
    public abstract bool TryRemoveFile(string name);

    /// <summary>Removes an empty folder.</summary>
    public abstract void RemoveFolder(string name);

    /// <summary>The names in the folder.</summary>
    public abstract IReadOnlyList<string> List();

    /// <summary>Gives the folder itself mode, owner, attributes and time; some of it when it is completed.</summary>
    /// <returns>What could not be applied.</returns>
    public abstract MetadataParts Apply(TarEntry entry);

    /// <summary>
    /// Gives mode, owner, attributes and time to something in the folder that is no folder. A link is not followed.
    /// </summary>
    /// <returns>What could not be applied.</returns>
    public abstract MetadataParts ApplyTo(string name, TarEntry entry);

    /// <summary>
    /// Gives the folder the time and mode that it should have, after what was done in it. What was not applied
    /// meanwhile it keeps: writing into a folder does not change its time.
    /// </summary>
    public abstract void Complete();

    public abstract void Dispose();
}
