using System.Text;

namespace OciTools.Layout;

/// <summary>
/// Remembers which blobs of a layout were hashed and found right, so that they are not hashed again each time.
/// </summary>
/// <remarks>
/// A line counts only while the file has the size and the time of change that it had when it was hashed; whoever writes
/// to the file gives it another time. The ledger is advice: without it, or with lines missing or damaged, blobs are
/// hashed again. It does not see bits that rot on the disk or a change whose author sets the time back; a check that
/// must find those asks for verification and reads the bytes.
/// </remarks>
internal sealed class BlobLedger(string path)
{
    /// <summary>Below this many lines a ledger is not worth compacting.</summary>
    private const int CompactFrom = 1024;

    /// <summary>A ledger over 64 MiB, half a million lines, is not read.</summary>
    private const long SizeLimit = 64 * 1024 * 1024;

    private readonly Lock _gate = new();
    private Dictionary<Digest, LedgerEntry>? _entries;
    private int _lines;

    /// <summary>Whether the file is as it was when its content was found right.</summary>
    public bool Vouches(Digest digest, FileInfo file)
    {
        lock (_gate)
        {
            _entries ??= Load();
            return _entries.TryGetValue(digest, out LedgerEntry? entry) && entry == LedgerEntry.Of(digest, file);
        }
    }

    /// <summary>Adds lines. The caller holds the layout's lock.</summary>
    /// <param name="entries">What was found right.</param>
    /// <param name="temporary">A temporary name, in case the ledger is written anew.</param>
    public async Task AppendAsync(IReadOnlyCollection<LedgerEntry> entries, string temporary)
    {
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read))
        {
            bool isTorn = false;
            if (file.Length > 0)
            {
                file.Position = file.Length - 1;
                isTorn = file.ReadByte() != '\n';
            }

            file.Write(Encoding.ASCII.GetBytes((isTorn ? "\n" : "") + Lines(entries)));
        }

        byte[]? compacted = null;
        lock (_gate)
        {
            // A store that never read the ledger leaves compacting to one that does.
            if (_entries is null)
                return;

            _lines += entries.Count;
            if (_lines > CompactFrom && _lines > 2 * _entries.Count)
            {
                // Others may have added lines since this store read the ledger.
                _entries = Load();
                compacted = Encoding.ASCII.GetBytes(Lines(_entries.Values));
                _lines = _entries.Count;
            }
        }

        if (compacted is not null)
            await DurableFile.ReplaceAsync(path, compacted, temporary).ConfigureAwait(false);
    }

    private Dictionary<Digest, LedgerEntry> Load()
    {
        var entries = new Dictionary<Digest, LedgerEntry>();
        _lines = 0;
        try
        {
            if (new FileInfo(path).Length > SizeLimit)
                return entries;
            foreach (string line in File.ReadLines(path))
            {
                _lines++;
                if (LedgerEntry.Parse(line) is { } entry)
                    entries[entry.Digest] = entry;
            }
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // Missing or unreadable: nothing is vouched for.
        }

        return entries;
    }

    private static string Lines(IEnumerable<LedgerEntry> entries)
    {
        var text = new StringBuilder();
        foreach (LedgerEntry entry in entries)
            text.Append(entry).Append('\n');
        return text.ToString();
    }
}
