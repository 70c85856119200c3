using System.Text;

namespace OciTools.Layout;

/// <summary>
/// Remembers which blobs of a layout were hashed and found right, so that they are not hashed again each time.
/// </summary>
/// <remarks>
/// A line counts only while the file has the size and the time of change that it had when it was hashed; whoever writes
/// to the file gives it another time. It counts only if this user wrote it for a layout in this place: who hands a
/// layout on could have written anything. The ledger is advice: without it, or with lines missing or damaged, blobs are
/// hashed again. It does not see bits that rot on the disk or a change whose author sets the time back; a check that
/// must find those asks for verification and reads the bytes.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="seal">Writes the lines; null when nobody's lines count and none are written.</param>
internal sealed class BlobLedger(string path, LedgerSeal? seal)
{
    /// <summary>Below this many lines a ledger is not worth compacting.</summary>
    private const int CompactFrom = 1024;

    /// <summary>A ledger over 64 MiB, half a million lines, is not read.</summary>
    private const long SizeLimit = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private HashSet<string>? _lines;
    private int _count;

    /// <summary>Whether the file is as it was when its content was found right.</summary>
    public bool Vouches(Digest digest, FileInfo file)
    {
        if (seal is null)
            return false;
        lock (_gate)
        {
            _lines ??= Load();
            return _lines.Contains(seal.Line(LedgerEntry.Of(digest, file)));
        }
    }

    /// <summary>Adds lines. The caller holds the layout's lock.</summary>
    /// <param name="entries">What was found right.</param>
    /// <param name="temporary">A temporary name, in case the ledger is written anew.</param>
    public async Task AppendAsync(IReadOnlyCollection<LedgerEntry> entries, string temporary)
    {
        if (seal is null)
            return;
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read))
        {
            // What came with a layout of somebody else's may be a pipe, which keeps nothing.
            if (!file.CanSeek)
                return;
            bool isTorn = false;
            if (file.Length > 0)
            {
                file.Position = file.Length - 1;
                isTorn = file.ReadByte() != '\n';
            }

            file.Write(Encoding.ASCII.GetBytes((isTorn ? "\n" : "") + Text(entries.Select(seal.Line))));
        }

        byte[]? compacted = null;
        lock (_gate)
        {
            // A store that never read the ledger leaves compacting to one that does.
            if (_lines is null)
                return;

            _count += entries.Count;
            if (_count > CompactFrom && _count > 2 * _lines.Count)
            {
                // Others may have added lines since this store read the ledger.
                _lines = [.. LoadNewest()];
                _count = _lines.Count;
                compacted = Encoding.ASCII.GetBytes(Text(_lines));
            }
        }

        if (compacted is not null)
            await DurableFile.ReplaceAsync(path, compacted, temporary).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes the ledger anew without lines that are superseded or about blobs that are not there. The caller holds the
    /// layout's lock.
    /// </summary>
    /// <param name="isThere">Whether the layout holds a blob.</param>
    /// <param name="temporary">A temporary name.</param>
    public async Task CompactAsync(Func<Digest, bool> isThere, string temporary)
    {
        if (!File.Exists(path))
            return;
        IEnumerable<string> lines = LoadNewest().Where(line =>
            Digest.TryParse(LedgerSeal.SubjectOf(line), out Digest? digest) && isThere(digest));
        await DurableFile.ReplaceAsync(path, Encoding.ASCII.GetBytes(Text(lines)), temporary).ConfigureAwait(false);
    }

    private IEnumerable<string> LoadNewest() =>
        Load().GroupBy(LedgerSeal.SubjectOf).Select(lines => lines.Last());

    private HashSet<string> Load()
    {
        var lines = new HashSet<string>();
        _count = 0;
        try
        {
            var file = new FileInfo(path);
            if (LayoutFiles.IsEmpty(file) || file.Length > SizeLimit)
                return lines;
            foreach (string line in File.ReadLines(path))
            {
                _count++;
                lines.Add(line);
            }
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // Missing or unreadable: nothing is vouched for.
        }

        return lines;
    }

    private static string Text(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));
}
