using Microsoft.Win32.SafeHandles;
using OciTools.Operations;

namespace OciTools.Layout;

/// <summary>Removes the files of one layout that nobody needs.</summary>
internal sealed class LayoutSweep(OptimizeLayoutRequest request, IProgress<TransferEvent>? progress)
{
    private static readonly TimeSpan s_blobAge = TimeSpan.FromHours(1);

    /// <summary>A temporary file may be so new that its writer does not hold it yet.</summary>
    private static readonly TimeSpan s_leastLeftoverAge = TimeSpan.FromMinutes(1);

    private readonly LayoutPaths _paths = new(request.Path);
    private readonly DateTime _now = DateTime.UtcNow;
    private readonly TimeSpan _minimumBlobAge = request.MinimumAge ?? s_blobAge;
    private readonly TimeSpan _minimumLeftoverAge = request.MinimumAge ?? PartialBlobs.StaleAfter;

    public async Task<OciOptimizeResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            RefuseLinks();
            // Most of the reading is done before the lock is taken, so that writers wait for little.
            var reachable = new ReachableBlobs(_paths);
            await reachable.AddAsync(LayoutFiles.ReadIndex(_paths), cancellationToken).ConfigureAwait(false);

            Directory.CreateDirectory(_paths.Staging);
            using LayoutLock held = await LayoutLock
                .AcquireAsync(_paths.Lock, LayoutLock.TimeLimit, cancellationToken).ConfigureAwait(false);
            if (!held.IsExclusive && !request.Force)
                throw NoLocks();
            LayoutIndex index = LayoutFiles.ReadIndex(_paths);
            await reachable.AddAsync(index, cancellationToken).ConfigureAwait(false);
            RequireImages(index);
            OciOptimizeResult result = await Task
                .Run(() => Sweep(reachable, cancellationToken), cancellationToken).ConfigureAwait(false);
            await new BlobLedger(_paths.Ledger, seal: null)
                .CompactAsync(digest => File.Exists(_paths.Blob(digest)), _paths.NewTemporary())
                .ConfigureAwait(false);
            return result;
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(_paths.Root, exception);
        }
    }

    /// <summary>
    /// Several layouts may share one folder of blobs over links; each would see the others' as superfluous.
    /// </summary>
    private void RefuseLinks()
    {
        if (!Directory.Exists(_paths.Blobs))
            return;
        foreach (string folder in (string[])[_paths.Blobs, .. Directory.EnumerateDirectories(_paths.Blobs)])
        {
            if (File.GetAttributes(folder).HasFlag(FileAttributes.ReparsePoint))
                throw new OciException(
                    OciErrorCode.LayoutInvalid,
                    $"'{folder}' is a link, and other layouts may use the blobs behind it. Nothing was removed; "
                    + "remove what is superfluous there by hand.",
                    folder);
        }
    }

    private void RequireImages(LayoutIndex index)
    {
        if (index.Entries.FirstOrDefault(entry => !File.Exists(_paths.Blob(entry.Digest))) is { } missing)
            throw new OciException(
                OciErrorCode.ManifestNotFound,
                $"'{_paths.Index}' lists {missing.Digest}, which is not there, so what it needs cannot be told. "
                + "Nothing was removed; save that image again, or remove its entry.",
                missing);
    }

    private OciOptimizeResult Sweep(ReachableBlobs reachable, CancellationToken cancellationToken)
    {
        var result = new OciOptimizeResult { Path = _paths.Root };
        bool isClaimed = ContentClaim.AnyIn(_paths);
        foreach (FileInfo file in new DirectoryInfo(_paths.Staging).GetFiles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsOld(file, s_leastLeftoverAge) && IsOld(file, _minimumLeftoverAge)
                && TryRemove(file, TryDeleteUnused) is { } freed)
                result = result with
                {
                    LeftoversRemoved = result.LeftoversRemoved + 1,
                    BytesFreed = result.BytesFreed + freed,
                };
        }

        foreach ((Digest digest, FileInfo file) in LayoutFiles.EnumerateBlobs(_paths))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reachable.Contains(digest))
                result = result with
                {
                    BlobsKept = result.BlobsKept + 1,
                    BytesKept = result.BytesKept + file.Length,
                };
            else if (!isClaimed && IsOld(file, _minimumBlobAge) && TryRemove(file, TryDelete) is { } freed)
                result = result with
                {
                    BlobsRemoved = result.BlobsRemoved + 1,
                    BytesFreed = result.BytesFreed + freed,
                };
            else
                result = result with
                {
                    BlobsTooYoung = result.BlobsTooYoung + 1,
                    BytesTooYoung = result.BytesTooYoung + file.Length,
                };
        }

        return result;
    }

    private bool IsOld(FileInfo file, TimeSpan minimumAge) => _now - file.LastWriteTimeUtc >= minimumAge;

    /// <returns>The size of the file that was removed; null when somebody uses it, or has removed it.</returns>
    private long? TryRemove(FileInfo file, Func<string, bool> delete)
    {
        try
        {
            long size = file.Length;
            if (!delete(file.FullName))
                return null;
            progress?.Report(new TransferEvent
            {
                Kind = TransferEventKind.Decided,
                Bytes = size,
                Message = $"Removed {Path.GetRelativePath(_paths.Root, file.FullName)} ({size} bytes).",
            });
            return size;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static bool TryDelete(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (IOException exception) when (FileFault.IsHeldElsewhere(exception))
        {
            // On Windows somebody reads it, in a way that does not let it go.
            return false;
        }
    }

    private static bool TryDeleteUnused(string path)
    {
        using SafeFileHandle? held = ExclusiveFile.TryOpen(path);
        if (held is not null)
            File.Delete(path);
        return held is not null;
    }

    private OciException NoLocks() => new(
        OciErrorCode.NotSupported,
        $"The file system of '{_paths.Root}' has no locks, so a writer would not be noticed. Nothing was removed; "
        + "make sure that nobody writes to the layout, and use -Force.",
        _paths.Root);
}
