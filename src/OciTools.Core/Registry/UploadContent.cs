using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace OciTools.Registry;

/// <summary>
/// A part of a blob as the body of a request: streamed, with a limit on how long the registry may not take it.
/// </summary>
internal sealed class UploadContent : HttpContent
{
    private const int BufferSize = 256 * 1024;

    private readonly UploadSource _source;
    private readonly long _offset;
    private readonly long _length;
    private readonly UploadLimit _limit;
    private readonly BandwidthLimit? _bandwidth;

    public UploadContent(
        UploadSource source, long offset, long length, UploadLimit limit, BandwidthLimit? bandwidth)
    {
        _source = source;
        _offset = offset;
        _length = length;
        _limit = limit;
        _bandwidth = bandwidth;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await _source.Lock.WaitAsync(cancellationToken).ConfigureAwait(false);
        int step = Math.Min(BufferSize, _bandwidth?.Step ?? BufferSize);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(step);
        try
        {
            if (_length > 0)
                await _source.SeekAsync(_offset, cancellationToken).ConfigureAwait(false);
            for (long rest = _length; rest > 0;)
            {
                Memory<byte> wanted = buffer.AsMemory(0, (int)Math.Min(rest, step));
                int count = await _source.ReadAsync(wanted, cancellationToken).ConfigureAwait(false);
                _limit.ExpectProgress();
                await stream.WriteAsync(wanted[..count], cancellationToken).ConfigureAwait(false);
                _limit.Relax();
                if (_bandwidth is not null)
                    await _bandwidth.PayAsync(count, cancellationToken).ConfigureAwait(false);
                rest -= count;
            }

            _limit.ExpectAnswer(_source.Descriptor.Size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            _source.Lock.Release();
        }
    }
}
