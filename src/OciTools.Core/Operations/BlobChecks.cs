using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using OciTools.Registry;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>
/// Reads blobs to see whether they are right: each once, however many images share it, and several at once.
/// </summary>
internal sealed class BlobChecks(IContentSource source, int throttleLimit, IProgress<TransferEvent>? progress)
    : IDisposable
{
    private const int BufferLength = 256 * 1024;

    /// <summary>How many blobs are read at once.</summary>
    public int ThrottleLimit { get; } = throttleLimit;

    private readonly SemaphoreSlim _slots = new(throttleLimit);
    private readonly ConcurrentDictionary<(Digest Digest, long Size, string? Unpacked), Lazy<Task<BlobCheck>>> _checks =
        new();

    /// <summary>The blobs that were read, and whether what was read is wrong.</summary>
    private readonly ConcurrentDictionary<Digest, bool> _broken = new();

    /// <summary>Checks a blob.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="diffIdAlgorithm">For a layer, how to hash what it unpacks to; null for any other blob.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public Task<BlobCheck> CheckAsync(Descriptor blob, string? diffIdAlgorithm, CancellationToken cancellationToken) =>
        _checks.GetOrAdd(
            (blob.Digest, blob.Size, diffIdAlgorithm),
            _ => new(() => Task.Run(() => CheckOnceAsync(blob, diffIdAlgorithm, cancellationToken), cancellationToken)))
            .Value;

    /// <summary>Whether a blob was read, and its bytes are right.</summary>
    public bool IsSound(Digest digest) => _broken.TryGetValue(digest, out bool isBroken) && !isBroken;

    /// <summary>Reads what was broken anew when it is asked for the next time.</summary>
    public void ForgetBroken()
    {
        foreach (var key in _checks.Keys.Where(key => _broken.GetValueOrDefault(key.Digest)))
            _checks.TryRemove(key, out _);
        foreach ((Digest digest, _) in _broken.Where(pair => pair.Value))
            _broken.TryRemove(digest, out _);
    }

    /// <summary>
    /// What an error says about content; null when it says nothing, as when a registry cannot be reached.
    /// </summary>
    public static OciTestFindingKind? KindOf(OciException error) => error.Code switch
    {
        OciErrorCode.ManifestNotFound or OciErrorCode.BlobNotFound => OciTestFindingKind.Missing,
        OciErrorCode.ContentMismatch =>
            error is SizeMismatchException ? OciTestFindingKind.WrongSize : OciTestFindingKind.Corrupt,
        OciErrorCode.ManifestInvalid or OciErrorCode.LimitExceeded => OciTestFindingKind.Invalid,
        _ => ResumableBlobStream.IsCutShort(error) ? OciTestFindingKind.WrongSize : null,
    };

    /// <summary>Says in words what <see cref="KindOf"/> says.</summary>
    public static string Describe(OciTestFindingKind problem, Descriptor descriptor, OciException error) =>
        problem switch
        {
            OciTestFindingKind.Missing => $"{descriptor.Digest} is not there.",
            OciTestFindingKind.Corrupt => $"{descriptor.Digest} has other bytes than its digest promises.",
            OciTestFindingKind.WrongSize => string.Create(
                CultureInfo.InvariantCulture, $"{descriptor.Digest} does not have its {descriptor.Size} bytes."),
            _ => error.Message,
        };

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task<BlobCheck> CheckOnceAsync(
        Descriptor blob, string? diffIdAlgorithm, CancellationToken cancellationToken)
    {
        BlobCheck check = await ReadAsync(blob, diffIdAlgorithm, cancellationToken).ConfigureAwait(false);
        _broken.AddOrUpdate(blob.Digest, check.IsBroken, (_, isBroken) => isBroken || check.IsBroken);
        return check;
    }

    private async Task<BlobCheck> ReadAsync(
        Descriptor blob, string? diffIdAlgorithm, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (diffIdAlgorithm is null)
            {
                await HashAsync(blob, cancellationToken).ConfigureAwait(false);
                return new BlobCheck(null, "", null);
            }

            return await UnpackAsync(blob, diffIdAlgorithm, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException error) when (KindOf(error) is { } problem)
        {
            return new BlobCheck(problem, Describe(problem, blob, error), null);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task HashAsync(Descriptor blob, CancellationToken cancellationToken)
    {
        progress?.Report(new TransferEvent { Kind = TransferEventKind.Found, Descriptor = blob });
        Stream content = await source.OpenBlobAsync(blob, 0, cancellationToken).ConfigureAwait(false);
        var verifying = new VerifyingStream(content, blob);
        await using (verifying.ConfigureAwait(false))
            await verifying.CopyToAsync(Stream.Null, BufferLength, cancellationToken).ConfigureAwait(false);
        progress?.Report(new TransferEvent
        {
            Kind = TransferEventKind.Completed,
            Descriptor = blob,
            Bytes = blob.Size,
        });
    }

    private async Task<BlobCheck> UnpackAsync(Descriptor layer, string algorithm, CancellationToken cancellationToken)
    {
        try
        {
            Stream content = await source.OpenBlobAsync(layer, 0, cancellationToken).ConfigureAwait(false);
            LayerStream tar = await LayerStream
                .OpenAsync(content, layer, progress: progress, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            await using (tar.ConfigureAwait(false))
                return new BlobCheck(
                    null, "", await HashAsync(tar, algorithm, cancellationToken).ConfigureAwait(false));
        }
        catch (OciException error) when (error.Code
            is OciErrorCode.ContentMismatch or OciErrorCode.LimitExceeded or OciErrorCode.NotSupported)
        {
            // The packed bytes may be right all the same; only reading them alone tells.
            await HashAsync(layer, cancellationToken).ConfigureAwait(false);
            return new BlobCheck(
                error.Code == OciErrorCode.ContentMismatch
                    ? OciTestFindingKind.DiffIdMismatch
                    : OciTestFindingKind.NotVerified,
                error.Message,
                null);
        }
    }

    private static async Task<Digest> HashAsync(Stream tar, string algorithm, CancellationToken cancellationToken)
    {
        using IncrementalHash hash = Digest.CreateHash(algorithm);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            while (await tar.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and int count)
                hash.AppendData(buffer, 0, count);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Digest.FromHash(algorithm, hash.GetHashAndReset());
    }
}
