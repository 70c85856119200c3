namespace OciTools.RootFs;

/// <summary>A new file that is being written.</summary>
internal abstract class FileWriter : IDisposable
{
    /// <summary>Appends bytes.</summary>
    public abstract void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Appends zeros, as a hole where the file system has holes.</summary>
    public abstract void Skip(int count);

    /// <summary>Ends the content, and gives the file mode, owner, attributes and time.</summary>
    /// <returns>What could not be applied.</returns>
    public abstract MetadataParts Complete(TarEntry entry);

    public abstract void Dispose();
}
