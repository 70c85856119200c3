using Microsoft.Win32.SafeHandles;

namespace OciTools.RootFs;

/// <summary>A new file on Windows.</summary>
internal sealed class ManagedFile(SafeFileHandle handle) : FileWriter
{
    private long _length;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(handle, bytes, _length);
        _length += bytes.Length;
    }

    /// <inheritdoc/>
    public override void Skip(int count) => _length += count;

    /// <inheritdoc/>
    public override MetadataParts Complete(TarEntry entry)
    {
        RandomAccess.SetLength(handle, _length);
        File.SetLastWriteTimeUtc(handle, ManagedFolder.ToFileTime(entry));
        return ManagedFolder.GetUnknown(entry);
    }

    /// <inheritdoc/>
    public override void Dispose() => handle.Dispose();
}
