using System.Collections.Concurrent;

namespace OciTools.Layout;

/// <summary>
/// What a store knows of the blobs of its layout: which it has written or hashed, and which the ledger vouches for.
/// </summary>
internal sealed class TrustedBlobs(LayoutPaths paths)
{
    /// <summary>
    /// In <see cref="_sizes"/> instead of a size: the file was hashed and is not what its name says.
    /// </summary>
    private const long Broken = -1;

    private readonly ConcurrentDictionary<Digest, long> _sizes = new();
    private readonly ConcurrentQueue<LedgerEntry> _checked = new();
    private readonly BlobLedger _ledger = new(
        paths.Ledger, UserKey.Current is { } key ? new LedgerSeal(key, paths.Root) : null);

    /// <summary>Whether the ledger lacks something that was hashed.</summary>
    public bool HasChecked => !_checked.IsEmpty;

    /// <summary>Notes a blob that was written.</summary>
    public void Add(Digest digest, long size) => _sizes[digest] = size;

    /// <summary>The size of a blob that is right, or one that none has if it is not; null if that is unknown.</summary>
    public long? FindSize(Digest digest) => _sizes.TryGetValue(digest, out long size) ? size : null;

    /// <summary>Whether the file of a blob is right; it is hashed if the ledger does not vouch for it.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="file">Its file, which has the right size.</param>
    /// <param name="verify">Whether to hash it in any case.</param>
    /// <param name="cancellationToken">Stops the hashing.</param>
    public async Task<bool> CheckAsync(
        Digest digest, FileInfo file, bool verify, CancellationToken cancellationToken)
    {
        if (verify || !_ledger.Vouches(digest, file))
        {
            // The state of the file from before it is read: a change while it is read shows up against it later.
            LedgerEntry seen = LedgerEntry.Of(digest, file);
            Digest actual;
            try
            {
                actual = await LayoutFiles.HashAsync(file, digest.Algorithm, cancellationToken).ConfigureAwait(false);
            }
            catch (OciException) when (!File.Exists(file.FullName))
            {
                // Another process has just removed it.
                return false;
            }

            if (!actual.Equals(digest))
            {
                _sizes[digest] = Broken;
                return false;
            }

            _checked.Enqueue(seen);
        }

        _sizes[digest] = file.Length;
        return true;
    }

    /// <summary>Forgets the blobs that are not there any more.</summary>
    /// <returns>One of them; null when all are there.</returns>
    public Digest? ForgetRemoved()
    {
        List<Digest> removed = [.. _sizes.Where(pair => pair.Value != Broken && !IsThere(pair.Key, pair.Value))
            .Select(pair => pair.Key)];
        foreach (Digest digest in removed)
            _sizes.TryRemove(digest, out _);
        return removed.FirstOrDefault();
    }

    /// <summary>Puts what was written and hashed into the ledger. The caller holds the layout's lock.</summary>
    public async Task RememberAsync(IReadOnlyList<LedgerEntry> written)
    {
        List<LedgerEntry> entries = [.. written];
        while (_checked.TryDequeue(out LedgerEntry? entry))
            entries.Add(entry);
        if (entries.Count == 0)
            return;
        try
        {
            await _ledger.AppendAsync(entries, paths.NewTemporary()).ConfigureAwait(false);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // The images are saved; without the ledger the blobs are only hashed once more.
        }
    }

    private bool IsThere(Digest digest, long size) =>
        new FileInfo(paths.Blob(digest)) is { Exists: true } file && file.Length == size;
}
