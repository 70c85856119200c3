using Microsoft.Win32.SafeHandles;
using OciTools.Layout;
using OciTools.RootFs;

namespace OciTools.Archives;

/// <summary>A part of an open file. Many of them read one file at once; the file stays open after them.</summary>
internal sealed class FileRangeStream(SafeFileHandle file, string path, long offset, long length) : ReadOnlyStream
{
    private long _position;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return Take(buffer.Length, RandomAccess.Read(file, buffer[..Limit(buffer.Length)], offset + _position));
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            int read = await RandomAccess
                .ReadAsync(file, buffer[..Limit(buffer.Length)], offset + _position, cancellationToken)
                .ConfigureAwait(false);
            return Take(buffer.Length, read);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }

    private int Limit(int count) => (int)Math.Min(count, length - _position);

    private int Take(int wanted, int read)
    {
        if (read == 0 && wanted > 0 && _position < length)
            throw new EndOfStreamException("The file was made shorter while it was read.");
        _position += read;
        return read;
    }
}
