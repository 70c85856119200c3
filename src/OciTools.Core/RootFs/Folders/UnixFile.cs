namespace OciTools.RootFs;

/// <summary>A new file on Linux or macOS.</summary>
internal sealed class UnixFile(int descriptor, string name) : FileWriter
{
    private const int FromCurrent = 1; // SEEK_CUR

    private long _length;
    private bool _endsWithHole;
    private bool _isClosed;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            nint written = UnixNative.Write(descriptor, in bytes[0], bytes.Length);
            if (written < 0)
            {
                if (UnixNative.LastError == UnixNumbers.Interrupted)
                    continue;
                throw UnixNative.LastFault(name);
            }

            bytes = bytes[(int)written..];
            _length += written;
            _endsWithHole = false;
        }
    }

    /// <inheritdoc/>
    public override void Skip(int count)
    {
        if (UnixNative.Seek(descriptor, count, FromCurrent) < 0)
            throw UnixNative.LastFault(name);
        _length += count;
        _endsWithHole = true;
    }

    /// <inheritdoc/>
    public override MetadataParts Complete(TarEntry entry)
    {
        if (_endsWithHole && UnixNative.Truncate(descriptor, _length) != 0)
            throw UnixNative.LastFault(name);
        return UnixMetadata.Apply(descriptor, entry) | UnixMetadata.SetTime(descriptor, FileTime.From(entry));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (!_isClosed)
            _ = UnixNative.Close(descriptor);
        _isClosed = true;
    }
}
