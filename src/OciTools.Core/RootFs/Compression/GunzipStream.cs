using System.IO.Compression;

namespace OciTools.RootFs;

/// <summary>
/// Unpacks gzip data while it is read (RFC 1952): any number of members one after another. What follows the last member
/// and is none is ignored, as gzip does. Reading damaged data fails with <see cref="InvalidDataException"/>.
/// </summary>
/// <remarks>
/// <see cref="GZipStream"/> takes the end of its input for the end of the data wherever it comes. So one more byte
/// follows the input here: behind the last member it counts as padding, and elsewhere the decoder takes it and asks for
/// more.
/// </remarks>
/// <param name="inner">The packed data; disposed together with this stream.</param>
internal sealed class GunzipStream(Stream inner) : ReadOnlyStream
{
    private readonly GZipStream _gzip = new(new EndMarkedStream(inner), CompressionMode.Decompress);
    private bool _isEnd;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) =>
        _isEnd || buffer.IsEmpty ? 0 : Take(_gzip.Read(buffer));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isEnd || buffer.IsEmpty)
            return 0;
        return Take(await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _gzip.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private int Take(int read)
    {
        _isEnd = read == 0;
        return read;
    }
}
