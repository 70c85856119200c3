using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>
/// Content on its way into a layout: under a temporary name until its digest is known and its bytes are on the disk.
/// </summary>
internal sealed class StagedBlob : IAsyncDisposable
{
    // Without direct writes, the disk works while bytes still arrive, so that little is left to flush at the end: with
    // four blobs of 256 MiB at
    // once the flush at the end took 45 ms instead of 105 (medians, on a fast local disk).
    private const long FlushInterval = 32 * 1024 * 1024;

    private readonly string _path;
    private readonly string _algorithm;
    private readonly SafeFileHandle _file;
    private readonly IncrementalHash _hash;
    private long _length;
    private long _flushedTo;
    private bool _isDirect;
    private Task _flush = Task.CompletedTask;

    private StagedBlob(string path, string algorithm, SafeFileHandle file)
    {
        _path = path;
        _algorithm = algorithm;
        _file = file;
        _hash = Digest.CreateHash(algorithm);
    }

    /// <summary>Begins to stage.</summary>
    /// <remarks>
    /// No space is set aside for the size that a descriptor promises: a hostile one would fill the disk before a byte
    /// has come.
    /// </remarks>
    public static StagedBlob Create(string path, string algorithm)
    {
        try
        {
            SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
            return new StagedBlob(path, algorithm, file);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }

    /// <summary>Takes all of a stream: one buffer is hashed and written while the next is read.</summary>
    /// <param name="content">The stream.</param>
    /// <param name="limit">How many bytes it may have; null for any number.</param>
    /// <param name="advanced">Hears how many bytes have come so far.</param>
    /// <param name="cancellationToken">Stops at the next buffer.</param>
    /// <returns>The digest and the size of what came. A size over the limit means that the stream goes on.</returns>
    public async Task<(Digest Digest, long Size)> ReceiveAsync(
        Stream content, long? limit, Action<long>? advanced, CancellationToken cancellationToken)
    {
        Memory<byte> incoming = BlockBuffers.Rent();
        Memory<byte> outgoing = BlockBuffers.Rent();
        _isDirect = !(limit < BlockBuffers.Length) && DirectWrite.TrySet(_file, on: true);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<int> reading = ReadAsync(incoming, 0);
        try
        {
            long received = 0;
            while (await reading.ConfigureAwait(false) is > 0 and int count)
            {
                received += count;
                if (received > limit)
                    break;
                (incoming, outgoing) = (outgoing, incoming);
                reading = ReadAsync(incoming, received);
                Write(outgoing.Span[..count]);
                advanced?.Invoke(received);
            }

            return (Digest.FromHash(_algorithm, _hash.GetHashAndReset()), received);
        }
        finally
        {
            // A read that is under way holds its buffer: it ends before the buffer goes back.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            BlockBuffers.Return(incoming);
            BlockBuffers.Return(outgoing);
        }

        Task<int> ReadAsync(Memory<byte> buffer, long received)
        {
            // One byte more than allowed is enough to see that there are too many.
            int room = (int)Math.Min(BlockBuffers.Length, limit - received + 1 ?? BlockBuffers.Length);
            return content
                .ReadAtLeastAsync(buffer[..room], room, throwOnEndOfStream: false, stop.Token).AsTask();
        }
    }

    /// <summary>Puts the rest of the bytes on the disk, then gives the content its final name.</summary>
    /// <param name="target">The final name; a file that has it is replaced.</param>
    /// <returns>The file, as it is under its final name.</returns>
    public async Task<FileInfo> PublishAsync(string target)
    {
        try
        {
            await _flush.ConfigureAwait(false);
            await Task.Run(() => RandomAccess.FlushToDisk(_file)).ConfigureAwait(false);
            _file.Dispose();
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await DurableFile.MoveAsync(_path, target).ConfigureAwait(false);
            return new FileInfo(target);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(target, exception);
        }
    }

    /// <summary>Removes what was not published.</summary>
    public async ValueTask DisposeAsync()
    {
        await _flush.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _hash.Dispose();
        _file.Dispose();
        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // It is not among the blobs, and a later writer removes it when it is old.
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        // The end of a file is seldom a whole block.
        if (_isDirect && bytes.Length < BlockBuffers.Length)
            WriteThroughCache();
        try
        {
            RandomAccess.Write(_file, bytes, _length);
        }
        catch (Exception exception) when (_isDirect && exception is (IOException or ArgumentException))
        {
            // Some file systems agree to direct writes and refuse the first.
            WriteThroughCache();
            Write(bytes);
            return;
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(_path, exception);
        }

        _hash.AppendData(bytes);
        _length += bytes.Length;
        // A flush that failed stays in _flush: the system reports such an error once only, and publishing must meet it.
        if (!_isDirect && _length - _flushedTo >= FlushInterval && _flush.IsCompletedSuccessfully)
        {
            _flushedTo = _length;
            _flush = Task.Run(() => RandomAccess.FlushToDisk(_file));
        }
    }

    private void WriteThroughCache()
    {
        _isDirect = false;
        _ = DirectWrite.TrySet(_file, on: false);
    }
}
