using System.Security.Cryptography;

namespace OciTools;

/// <summary>
/// A stream that hashes and counts while content is read. It fails as soon as the promised size is exceeded, and at the
/// end when size or digest differ from the descriptor.
/// </summary>
/// <remarks>
/// Only a reader that reads to the end (a read that returns 0) has verified content. Reading fails with
/// <see cref="OciErrorCode.ContentMismatch"/>; the target of the error is the descriptor.
/// </remarks>
public sealed class VerifyingStream : Stream
{
    private readonly Stream _inner;
    private readonly Descriptor _descriptor;
    private readonly IncrementalHash _hash;
    private long _count;
    private bool _isVerified;

    /// <summary>Wraps a stream that starts at the first byte of the content.</summary>
    /// <param name="inner">The content; disposed together with this stream.</param>
    /// <param name="descriptor">What the content must be.</param>
    public VerifyingStream(Stream inner, Descriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(inner);
        ArgumentNullException.ThrowIfNull(descriptor);
        _inner = inner;
        _descriptor = descriptor;
        _hash = descriptor.Digest.CreateHash();
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = _inner.Read(buffer);
        if (buffer.Length > 0)
            Check(buffer[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override int ReadByte()
    {
        byte value = 0;
        return Read(new Span<byte>(ref value)) == 0 ? -1 : value;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await _inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (buffer.Length > 0)
            Check(buffer.Span[..read]);
        return read;
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Check(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            Finish();
            return;
        }

        _count += bytes.Length;
        if (_count > _descriptor.Size)
            throw ContentMismatch.Exceeded(_descriptor);

        _hash.AppendData(bytes);
    }

    private void Finish()
    {
        if (_isVerified)
            return;

        if (_count != _descriptor.Size)
            throw ContentMismatch.OfSize(_descriptor, _count);

        Digest actual = Digest.FromHash(_descriptor.Digest.Algorithm, _hash.GetCurrentHash());
        if (!actual.Equals(_descriptor.Digest))
            throw ContentMismatch.OfDigest(_descriptor, actual);

        _isVerified = true;
    }
}
