using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OciTools.Layout;
using OciTools.RootFs;

namespace OciTools.Archives;

/// <summary>
/// What a tar file holds and where, from one look at its headers. Of entries with one name the last counts, as when a
/// tar is unpacked.
/// </summary>
/// <remarks>
/// Nothing is unpacked, so names are only keys; still, one that leads out of the archive is refused, and so is a link
/// that does.
/// </remarks>
internal sealed class ArchiveIndex
{
    /// <summary>How many entries an archive may have: ten times what the largest image needs.</summary>
    private const int EntryLimit = 1_000_000;

    private const int LinkLimit = 16;

    private readonly Dictionary<string, ArchiveEntry> _entries = new(StringComparer.Ordinal);
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly TarFault _fault;

    private ArchiveIndex(SafeFileHandle file, string path)
    {
        _file = file;
        _path = path;
        _fault = new TarFault(path);
    }

    /// <summary>Reads the headers of a tar.</summary>
    /// <param name="file">The tar; it stays open.</param>
    /// <param name="path">Its path, for errors.</param>
    /// <param name="cancellationToken">Stops at the next entry.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ArchiveInvalid"/>; <see cref="OciErrorCode.LimitExceeded"/>.
    /// </exception>
    public static ArchiveIndex Read(SafeFileHandle file, string path, CancellationToken cancellationToken)
    {
        var index = new ArchiveIndex(file, path);
        index.ReadEntries(cancellationToken);
        return index;
    }

    /// <summary>Finds a file, through links inside the archive.</summary>
    /// <param name="name">Its name, from the root of the archive.</param>
    /// <returns>The file; null when there is none.</returns>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ArchiveInvalid"/>: the name or a link leads out of the archive, or links lead in a
    /// circle.
    /// </exception>
    public ArchiveEntry? Find(string name)
    {
        string next = Normalize(name, "", 0, name, "its name leads out of the archive");
        for (int links = 0; links <= LinkLimit; links++)
        {
            if (!_entries.TryGetValue(next, out ArchiveEntry? entry) || entry.Type == OciFileType.File)
                return entry;
            string folder = entry.Type == OciFileType.HardLink ? "" : FolderOf(entry.Name);
            next = Normalize(entry.LinkName, folder, entry.Offset, entry.Name, "its link leads out of the archive");
        }

        throw _fault.Invalid(0, name, "its links lead in a circle");
    }

    /// <summary>Reads a small file whole.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.LimitExceeded"/>: it is larger than the limit.
    /// </exception>
    public byte[] ReadAll(ArchiveEntry entry, int limit)
    {
        if (entry.Size > limit)
            throw _fault.Exceeded(
                entry.Offset,
                entry.Name,
                string.Create(CultureInfo.InvariantCulture, $"it has {entry.Size} bytes, and {limit} are the limit"));
        byte[] bytes = new byte[entry.Size];
        using Stream content = Open(entry, 0);
        content.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Opens a file at an offset.</summary>
    public Stream Open(ArchiveEntry entry, long offset)
    {
        if (entry.IsSparse)
            throw _fault.NotSupported(entry.Offset, entry.Name, "it is stored as a sparse file");
        return new FileRangeStream(_file, _path, entry.Offset + offset, Math.Max(0, entry.Size - offset));
    }

    /// <summary>The error for an entry whose content is wrong.</summary>
    public OciException Invalid(ArchiveEntry entry, string clause) => _fault.Invalid(entry.Offset, entry.Name, clause);

    /// <summary>The error for an entry that is not there.</summary>
    public OciException Missing(string name, ArchiveEntry from) =>
        _fault.Invalid(from.Offset, from.Name, $"it names '{DisplayText.Sanitize(name)}', which is not there");

    private void ReadEntries(CancellationToken cancellationToken)
    {
        try
        {
            var parser = new TarHeaderParser(_fault);
            long length = RandomAccess.GetLength(_file);
            long position = 0;
            for (int count = 0; ; count++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                position = ReadHeader(parser, position);
                if (parser.Entry is not { } entry)
                    break;
                if (count == EntryLimit)
                    throw _fault.Exceeded(entry.Offset, entry.Name, $"it has more than {EntryLimit} entries");
                if (parser.StoredSize > length - position)
                    throw _fault.Invalid(entry.Offset, entry.Name, "it ends too early");
                Add(entry, position, parser.SparseMap is not null);
                position += parser.StoredSize + TarHeaderParser.GetPadding(parser.StoredSize);
            }
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(_path, exception);
        }
    }

    /// <returns>Where the content of the entry starts.</returns>
    private long ReadHeader(TarHeaderParser parser, long position)
    {
        byte[] block = new byte[TarHeader.Length];
        parser.Begin();
        while (!parser.IsDone)
        {
            int wanted = parser.Wanted;
            if (wanted > block.Length)
                block = new byte[wanted];
            int count = 0;
            while (count < wanted
                && RandomAccess.Read(_file, block.AsSpan(count, wanted - count), position + count) is > 0 and int more)
                count += more;
            if (count == wanted)
                parser.Accept(block.AsSpan(0, wanted), position);
            else if (count == 0)
                parser.AcceptEnd(position);
            else
                throw _fault.Invalid(position, null, "it ends in the middle of a block");
            position += count;
        }

        return position;
    }

    private void Add(TarEntry entry, long offset, bool isSparse)
    {
        string name = Normalize(entry.Name, "", entry.Offset, entry.Name, "its name leads out of the archive");
        if (entry.Type is OciFileType.File or OciFileType.SymbolicLink or OciFileType.HardLink)
            _entries[name] = new ArchiveEntry(name, entry.Type, entry.LinkName, offset, entry.Size, isSparse);
    }

    private static string FolderOf(string name) => name[..Math.Max(0, name.LastIndexOf('/'))];

    /// <summary>Makes a name one from the root of the archive, without dots.</summary>
    private string Normalize(string name, string folder, long offset, string entry, string clause)
    {
        List<string> parts = [.. folder.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        if (name.StartsWith('/'))
            throw _fault.Invalid(offset, entry, clause);
        foreach (string part in name.Split('/'))
        {
            if (part == ".." && parts.Count == 0)
                throw _fault.Invalid(offset, entry, clause);
            if (part == "..")
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "."))
                parts.Add(part);
        }

        return string.Join('/', parts);
    }
}
