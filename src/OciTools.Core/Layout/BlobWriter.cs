using System.Collections.Concurrent;

namespace OciTools.Layout;

/// <summary>
/// Puts content into a layout. Whoever writes waits only until the content is checked; it is flushed and gets its name
/// in the background, a few at once, because the disk takes many flushes together in the time of few.
/// </summary>
internal sealed class BlobWriter(LayoutPaths paths) : IAsyncDisposable
{
    /// <summary>How many flushes run at once; they block a thread each.</summary>
    private const int FlushLimit = 4;

    /// <summary>How many contents may wait for their flush, each with an open file.</summary>
    private const int WaitingLimit = 64;

    private readonly SemaphoreSlim _flushes = new(FlushLimit);
    private readonly SemaphoreSlim _waiting = new(WaitingLimit);
    private readonly ConcurrentDictionary<Digest, Task> _publishing = new();
    private readonly ConcurrentQueue<LedgerEntry> _published = new();
    private readonly Lazy<PartialBlobs> _partials = new(() => PartialBlobs.Prepare(paths));

    /// <summary>Whether anything was written.</summary>
    public bool HasWritten => _partials.IsValueCreated;

    /// <summary>Takes a blob from its source, or the rest of it if an earlier transfer left a part.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ContentMismatch"/>; <see cref="OciErrorCode.WriteFailed"/>.
    /// </exception>
    public Task WriteAsync(BlobTransfer transfer, CancellationToken cancellationToken) => StageAsync(
        partials => partials.Open(transfer.Blob),
        staged => transfer.RunAsync(staged, cancellationToken),
        cancellationToken);

    /// <summary>Takes content whose digest is not known.</summary>
    public Task<(Digest Digest, long Size)> WriteAsync(Stream content, CancellationToken cancellationToken) =>
        StageAsync(
            _ => StagedBlob.Create(paths.NewTemporary(), Digest.Sha256),
            staged => staged.ReceiveAsync(content, null, null, null, cancellationToken),
            cancellationToken);

    /// <summary>Waits until content that was written in this operation has its final name.</summary>
    public Task SettleAsync(Digest digest, CancellationToken cancellationToken) =>
        _publishing.TryGetValue(digest, out Task? task) ? task.WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Waits until all that was written has its final name, and that name is on the disk.</summary>
    /// <returns>What was written since the last call.</returns>
    public async Task<IReadOnlyList<LedgerEntry>> SettleAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_publishing.Values).WaitAsync(cancellationToken).ConfigureAwait(false);
        var published = new List<LedgerEntry>();
        while (_published.TryDequeue(out LedgerEntry? entry))
            published.Add(entry);
        foreach (string algorithm in published.Select(entry => entry.Digest.Algorithm).Distinct())
            DurableFile.FlushFolder(paths.BlobFolder(algorithm));
        if (published.Count > 0)
            DurableFile.FlushFolder(paths.Blobs);
        return published;
    }

    /// <summary>Waits for what is being flushed, which stays, and removes all else.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_publishing.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _flushes.Dispose();
        _waiting.Dispose();
    }

    private async Task<(Digest Digest, long Size)> StageAsync(
        Func<PartialBlobs, StagedBlob> open, Func<StagedBlob, Task> fill, CancellationToken cancellationToken)
    {
        PartialBlobs partials = _partials.Value;
        await _waiting.WaitAsync(cancellationToken).ConfigureAwait(false);
        StagedBlob? staged = null;
        bool isComplete = false;
        try
        {
            staged = open(partials);
            await fill(staged).ConfigureAwait(false);

            isComplete = true;
            (Digest digest, long size) = (staged.ComputeDigest(), staged.Length);
            Task publishing = PublishAsync(staged, digest);
            _ = _publishing.AddOrUpdate(digest, publishing, (_, other) => Task.WhenAll(other, publishing));
            return (digest, size);
        }
        finally
        {
            if (!isComplete)
            {
                if (staged is not null)
                    await staged.DisposeAsync().ConfigureAwait(false);
                _waiting.Release();
            }
        }
    }

    private async Task PublishAsync(StagedBlob staged, Digest digest)
    {
        await using (staged.ConfigureAwait(false))
        {
            await _flushes.WaitAsync().ConfigureAwait(false);
            try
            {
                FileInfo file = await staged.PublishAsync(paths.Blob(digest)).ConfigureAwait(false);
                // Whoever tidies the layout up may have removed it again; that shows before an index names it.
                if (file.Exists)
                    _published.Enqueue(LedgerEntry.Of(digest, file));
            }
            finally
            {
                _flushes.Release();
                _waiting.Release();
            }
        }
    }
}
