namespace OciTools.RootFs;

/// <summary>
/// A stream with one byte added at its end; whoever reads on after that has not found the end of the data.
/// </summary>
/// <param name="inner">The stream; disposed together with this one.</param>
internal sealed class EndMarkedStream(Stream inner) : ReadOnlyStream
{
    // Not the first byte of a gzip member; and as the missing last byte of one it would mean a size of nearly 4 GiB.
    private const byte EndMark = 0xFF;

    private bool _isMarked;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = inner.Read(buffer);
        return read > 0 || buffer.IsEmpty ? read : Mark(buffer);
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return read > 0 || buffer.IsEmpty ? read : Mark(buffer.Span);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private int Mark(Span<byte> buffer)
    {
        if (_isMarked)
            throw new InvalidDataException("it ends too early");
        _isMarked = true;
        buffer[0] = EndMark;
        return 1;
    }
}
