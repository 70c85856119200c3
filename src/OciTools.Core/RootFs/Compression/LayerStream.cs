using System.Globalization;
using System.Security.Cryptography;
using OciTools.Layout;

namespace OciTools.RootFs;

/// <summary>
/// The tar that a layer is, whatever it is packed with: its own first bytes decide, because media types are often
/// wrong.
/// </summary>
/// <remarks>
/// Digest and size of the layer, and the diffID of the tar, are verified when the end has been read (a read that
/// returns 0, or <see cref="FinishAsync"/>). Reading fails with <see cref="OciException"/>:
/// <see cref="OciErrorCode.ContentMismatch"/> for damage, <see cref="OciErrorCode.LimitExceeded"/> beyond the limits,
/// <see cref="OciErrorCode.NotSupported"/> for a compression that is not known. The target of the error is the layer's
/// descriptor.
/// </remarks>
internal sealed class LayerStream : ReadOnlyStream
{
    private readonly Descriptor _layer;
    private readonly Digest? _diffId;
    private readonly LayerLimits _limits;
    private readonly LayerInput _input;
    private readonly Stream _plain;
    private readonly IncrementalHash? _hash;
    private readonly IProgress<TransferEvent>? _progress;
    private readonly ProgressPace _pace = new();
    private long _count;
    private bool _isVerified;

    private LayerStream(
        Descriptor layer,
        Digest? diffId,
        LayerLimits limits,
        LayerInput input,
        LayerCompression compression,
        IProgress<TransferEvent>? progress)
    {
        _layer = layer;
        _diffId = diffId;
        _limits = limits;
        _input = input;
        _hash = diffId?.CreateHash();
        _progress = progress;
        Compression = compression;
        _plain = compression switch
        {
            LayerCompression.Gzip => new GunzipStream(input),
            LayerCompression.Zstd => new ZstdStream(input, limits.MaximumWindow),
            _ => input,
        };
    }

    /// <summary>How the layer is packed.</summary>
    public LayerCompression Compression { get; }

    /// <summary>Opens a layer.</summary>
    /// <param name="blob">The layer from its first byte on; disposed together with the stream, and on failure.</param>
    /// <param name="layer">What the layer must be.</param>
    /// <param name="diffId">The digest of the tar; null when it is not known.</param>
    /// <param name="limits">Guards; null for the usual ones.</param>
    /// <param name="progress">Hears of the packed bytes as they come.</param>
    /// <param name="cancellationToken">Stops the wait for the first bytes.</param>
    public static async Task<LayerStream> OpenAsync(
        Stream blob,
        Descriptor layer,
        Digest? diffId = null,
        LayerLimits? limits = null,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentNullException.ThrowIfNull(layer);
        var input = new LayerInput(new VerifyingStream(blob, layer));
        try
        {
            ReadOnlyMemory<byte> magic =
                await input.PeekAsync(PackingMagic.Length, cancellationToken).ConfigureAwait(false);
            LayerCompression compression = Detect(magic.Span, layer);
            var stream = new LayerStream(layer, diffId, limits ?? LayerLimits.Default, input, compression, progress);
            stream.Report(TransferEventKind.Found, layer.Size);
            stream.Report(TransferEventKind.Started, 0);
            return stream;
        }
        catch
        {
            await input.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_isVerified || buffer.IsEmpty)
            return 0;

        int read;
        try
        {
            read = _plain.Read(buffer);
            if (read == 0)
                SkipTrailer();
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException)
        {
            throw Damaged(exception);
        }

        Check(buffer[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isVerified || buffer.IsEmpty)
            return 0;

        int read;
        try
        {
            read = await _plain.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
                await _input.CopyToAsync(Null, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException)
        {
            throw Damaged(exception);
        }

        Check(buffer.Span[..read]);
        return read;
    }

    /// <summary>Reads what has not been read, so that the whole layer is verified.</summary>
    /// <exception cref="OciException">As for every read.</exception>
    public Task FinishAsync(CancellationToken cancellationToken) => CopyToAsync(Null, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _plain.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash?.Dispose();
            _plain.Dispose();
        }

        base.Dispose(disposing);
    }

    private static LayerCompression Detect(ReadOnlySpan<byte> magic, Descriptor layer)
    {
        LayerCompression compression = PackingMagic.Detect(magic, out string? unreadable);
        if (compression == LayerCompression.None && layer.MediaType.EndsWith("+encrypted", StringComparison.Ordinal))
            unreadable ??= "encryption";
        return unreadable is null ? compression : throw Unknown(layer, unreadable);
    }

    private static OciException Unknown(Descriptor layer, string packing) => new(
        OciErrorCode.NotSupported,
        $"The layer {layer.Digest} is packed with {packing}. Only gzip, zstd and plain tar can be read.",
        layer);

    private OciException Damaged(Exception exception)
    {
        string packing = Compression == LayerCompression.Gzip ? "gzip" : "zstd";
        string clause = exception is ZstdException ? $": {exception.Message}" : "";
        OciErrorCode code = (exception as ZstdException)?.Code ?? OciErrorCode.ContentMismatch;
        string advice = code == OciErrorCode.ContentMismatch
            ? "Ask whoever published the image for a correct one."
            : "Ask whoever published the image to pack it with the usual settings.";
        return new OciException(
            code,
            $"The {packing} data of layer {_layer.Digest} cannot be unpacked{clause}. {advice}",
            _layer,
            exception);
    }

    /// <summary>What follows the last gzip member belongs to the blob still, and to its digest.</summary>
    private void SkipTrailer()
    {
        Span<byte> buffer = stackalloc byte[1024];
        while (_input.Read(buffer) > 0)
        {
        }
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            Finish();
            return;
        }

        _hash?.AppendData(bytes);
        _count += bytes.Length;
        if (_progress is not null && _pace.IsDue(_input.Count))
            Report(TransferEventKind.Advanced, _input.Count);
        if (_count > _limits.MaximumSize)
        {
            throw Exceeded(
                string.Create(CultureInfo.InvariantCulture, $"more than {_limits.MaximumSize} bytes"),
                nameof(LayerLimits.MaximumSize));
        }

        if (_count > _limits.UnratedSize && _count / _limits.MaximumRatio > _input.Count)
        {
            throw Exceeded(
                string.Create(CultureInfo.InvariantCulture, $"more than {_limits.MaximumRatio} times its own size"),
                nameof(LayerLimits.MaximumRatio));
        }
    }

    private void Finish()
    {
        if (_hash is not null && _diffId is not null)
        {
            Digest actual = Digest.FromHash(_diffId.Algorithm, _hash.GetCurrentHash());
            if (!actual.Equals(_diffId))
            {
                throw new OciException(
                    OciErrorCode.ContentMismatch,
                    $"The layer {_layer.Digest} unpacks to {actual}, but the image's config says {_diffId}. "
                        + "Ask whoever published the image for a correct one.",
                    _layer);
            }
        }

        _isVerified = true;
        Report(TransferEventKind.Completed, _layer.Size);
    }

    private void Report(TransferEventKind kind, long bytes) =>
        _progress?.Report(new TransferEvent { Kind = kind, Descriptor = _layer, Bytes = bytes });

    private OciException Exceeded(string what, string limit)
    {
        string advice = _limits.CanBeRaised
            ? $"Raise {limit} only if you trust the image."
            : "Real layers rarely do; do not trust this one.";
        return new OciException(
            OciErrorCode.LimitExceeded, $"The layer {_layer.Digest} unpacks to {what}. {advice}", _layer);
    }
}
