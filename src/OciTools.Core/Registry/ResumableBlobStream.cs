using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace OciTools.Registry;

/// <summary>
/// A blob that is read to its end over as many connections as it takes: after a break, a stall or a premature end it is
/// opened again where it stopped. Given up only when several attempts in a row bring next to nothing.
/// </summary>
internal sealed class ResumableBlobStream : Stream
{
    private const int ProgressThatCounts = 64 * 1024;
    private const int SkipBufferSize = 64 * 1024;

    private readonly BlobDownload _download;
    private readonly IdleLimit _idle;
    private HttpResponseMessage _response;
    private Stream? _body;
    private long _position;
    private long _skip;
    private long _resumedAt;
    private int _failures;
    private bool _isDisposed;

    private ResumableBlobStream(BlobDownload download, HttpResponseMessage response, long start, long offset)
    {
        _download = download;
        _idle = new IdleLimit(download.Api.Connection.Transport.IdleTimeout, download.Api.Bandwidth);
        _response = response;
        download.Api.Connection.CountOpenBlob(1);
        _position = _resumedAt = offset;
        ExpectSkip(start);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public static async Task<ResumableBlobStream> OpenAsync(
        BlobDownload download, long offset, CancellationToken cancellationToken)
    {
        (HttpResponseMessage response, long start) =
            await download.OpenAsync(offset, cancellationToken).ConfigureAwait(false);
        return new ResumableBlobStream(download, response, start, offset);
    }

    /// <summary>
    /// Whether an error says that a registry announces a blob and sends fewer bytes, whenever it is asked: its file was
    /// lost or cut, and a cache does not know.
    /// </summary>
    public static bool IsCutShort(OciException error) =>
        error is { Code: OciErrorCode.ConnectionFailed, Target: Descriptor };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;

        while (true)
        {
            Exception? fault = null;
            try
            {
                _body ??= await _response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                if (_skip > 0)
                    await SkipAsync(cancellationToken).ConfigureAwait(false);

                int count = await _idle.ReadAsync(_body, buffer, cancellationToken).ConfigureAwait(false);
                _position += count;
                _download.Api.Connection.CountBlobBytes(count);
                if (count > 0 || _position >= _download.End)
                    return count;
            }
            catch (Exception error) when (TransportErrors.IsBroken(error))
            {
                // All bytes are here; that the end was not announced properly changes nothing.
                if (_position >= _download.End)
                    return 0;
                fault = error;
            }

            await ReopenAsync(fault, cancellationToken).ConfigureAwait(false);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("The stream comes from the network and is read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _download.Api.Connection.CountOpenBlob(-1);
            _response.Dispose();
            _idle.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task ReopenAsync(Exception? fault, CancellationToken cancellationToken)
    {
        RepositoryApi api = _download.Api;
        Descriptor descriptor = _download.Descriptor;
        int maximum = api.Connection.Transport.MaximumRetryCount;
        Uri uri = _response.RequestMessage!.RequestUri!;
        _response.Dispose();
        _body = null;

        _failures = _position - _resumedAt >= ProgressThatCounts ? 1 : _failures + 1;
        if (_failures > maximum)
        {
            throw new OciException(
                fault is TimeoutException ? OciErrorCode.OperationTimeout : OciErrorCode.ConnectionFailed,
                $"The download of {descriptor.Digest} from {DisplayText.Sanitize(uri.Authority)} stopped at byte "
                    + $"{_position} of {descriptor.Size} and went no further in {maximum} attempts. "
                    + "Check the network and try again.",
                descriptor,
                fault);
        }

        TimeSpan pause = Backoff.Next(api.Connection.Transport.RetryInterval, _failures);
        api.Report(
            TransferEventKind.Retried,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The download of {descriptor.Digest} stopped at byte {_position} of {descriptor.Size} "
                    + $"({Reason(fault)}); going on there in {pause.TotalSeconds:0.0} s ({_failures} of {maximum})"),
            descriptor);
        await Task.Delay(pause, cancellationToken).ConfigureAwait(false);

        _resumedAt = _position;
        (_response, long start) = await _download.OpenAsync(_position, cancellationToken).ConfigureAwait(false);
        ExpectSkip(start);
    }

    private void ExpectSkip(long start)
    {
        _skip = _position - start;
        if (_skip > 0)
        {
            string host = DisplayText.Sanitize(_response.RequestMessage!.RequestUri!.Authority);
            _download.Api.Report(
                TransferEventKind.Decided,
                $"{host} does not send parts of a blob; "
                    + $"reading {_skip} bytes of {_download.Descriptor.Digest} again",
                _download.Descriptor);
        }
    }

    private async Task SkipAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(SkipBufferSize);
        try
        {
            while (_skip > 0)
            {
                Memory<byte> wanted = buffer.AsMemory(0, (int)Math.Min(_skip, buffer.Length));
                int count = await _idle.ReadAsync(_body!, wanted, cancellationToken).ConfigureAwait(false);
                if (count == 0)
                    throw new IOException("The answer ended before the part that is wanted.");
                _skip -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string Reason(Exception? fault) => fault switch
    {
        null => "the answer ended early",
        TimeoutException => "next to nothing arrived",
        _ => "the connection broke",
    };
}
