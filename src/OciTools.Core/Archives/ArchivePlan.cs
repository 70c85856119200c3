using OciTools.RootFs;

namespace OciTools.Archives;

/// <summary>
/// Gives every entry of a tar its place before a byte of a blob has come. So blobs may come in any order, several at
/// once, and the same images still make the same bytes: names, sizes and order are all that the plan depends on.
/// </summary>
internal sealed class ArchivePlan
{
    // A tar ends with two blocks of zeros (POSIX.1-2017, pax, "ustar Interchange Format").
    private const int EndLength = 2 * TarHeader.Length;

    private const int FolderMode = 0b111_101_101;

    private readonly List<ArchivePart> _parts = [];
    private long _end;

    /// <summary>The entries, in order.</summary>
    public IReadOnlyList<ArchivePart> Parts => _parts;

    /// <summary>The length of the archive.</summary>
    public long Length => _end + EndLength;

    public void AddFolder(string name) =>
        Add(new TarEntry { Name = name, Type = OciFileType.Directory, Mode = FolderMode }, [], null);

    public void AddFile(string name, ReadOnlySpan<byte> content) =>
        Add(new TarEntry { Name = name, Size = content.Length }, content, null);

    /// <exception cref="OciException"><see cref="OciErrorCode.LimitExceeded"/>: no file can be that large.</exception>
    public void AddBlob(string name, PendingBlob blob) =>
        Add(new TarEntry { Name = name, Size = blob.Descriptor.Size }, [], blob);

    private void Add(TarEntry entry, ReadOnlySpan<byte> content, PendingBlob? blob)
    {
        byte[] bytes = [.. TarWriter.MakeHeader(entry), .. content];
        _parts.Add(new ArchivePart(_end, bytes, blob));
        long length = bytes.Length - content.Length + entry.Size + TarHeaderParser.GetPadding(entry.Size);
        if (length < 0 || length > long.MaxValue - EndLength - _end)
            throw new OciException(
                OciErrorCode.LimitExceeded,
                $"An archive with {entry.Name}, which claims {entry.Size} bytes, is too large for a file. "
                + "No real image is; do not trust this one.",
                blob?.Descriptor);
        _end += length;
    }
}
