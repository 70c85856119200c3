using System.Text;
using Microsoft.Win32.SafeHandles;
using OciTools.Layout;

namespace OciTools.Archives;

/// <summary>
/// An archive on its way: under a temporary name beside its target until it is whole and on the disk.
/// </summary>
internal sealed class ArchiveOutput : IAsyncDisposable
{
    private const string Extension = ".partial";

    /// <summary>What nobody has written to for a day is left behind, also where file systems have no locks.</summary>
    private static readonly TimeSpan s_staleAfter = TimeSpan.FromDays(1);

    // A smaller piece is in the page cache sooner than on the disk.
    private const int DirectMinimum = 128 * 1024;

    private readonly string _target;
    private readonly string _temporary;
    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle _directFile;
    private volatile bool _isDirect;

    private ArchiveOutput(string target, string temporary, SafeFileHandle file, SafeFileHandle directFile)
    {
        _target = target;
        _temporary = temporary;
        _file = file;
        _directFile = directFile;
        _isDirect = DirectWrite.TrySet(directFile, on: true);
    }

    /// <summary>Begins an archive, in a folder that is made when there is none.</summary>
    /// <param name="target">The full path it will have.</param>
    /// <param name="length">The length it will have. Until it is filled, the file system keeps no space for it.</param>
    /// <param name="progress">Hears that an earlier attempt was interrupted.</param>
    public static ArchiveOutput Create(string target, long length, IProgress<TransferEvent>? progress)
    {
        string folder = Path.GetDirectoryName(target)!;
        string prefix = PrefixOf(target);
        string temporary = Path.Combine(folder, $"{prefix}{Guid.NewGuid():N}{Extension}");
        try
        {
            Directory.CreateDirectory(folder);
            if (RemoveLeftovers(folder, prefix))
                progress?.Report(new TransferEvent
                {
                    Kind = TransferEventKind.Decided,
                    Message = $"An earlier attempt to write '{target}' was interrupted; what it left is removed, and "
                        + "the archive is written from the start.",
                });
            SafeFileHandle file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
            RandomAccess.SetLength(file, length);
            SafeFileHandle direct = File.OpenHandle(temporary, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            return new ArchiveOutput(target, temporary, file, direct);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            TryDelete(temporary);
            throw FileFault.At(target, exception);
        }
    }

    /// <summary>Writes bytes to their place.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(_file, bytes, offset);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(_target, exception);
        }
    }

    /// <summary>Takes a blob to its place: the next buffer is read and hashed while one is written.</summary>
    /// <param name="descriptor">What the blob must be.</param>
    /// <param name="content">The blob; it is verified on its way.</param>
    /// <param name="offset">Where it starts in the archive.</param>
    /// <param name="advanced">Hears how many bytes have come so far.</param>
    /// <param name="cancellationToken">Stops at the next buffer.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ContentMismatch"/>; <see cref="OciErrorCode.WriteFailed"/>.
    /// </exception>
    public async Task ReceiveAsync(
        Descriptor descriptor, Stream content, long offset, Action<long> advanced, CancellationToken cancellationToken)
    {
        var verified = new VerifyingStream(content, descriptor);
        Memory<byte> incoming = BlockBuffers.Rent();
        Memory<byte> outgoing = BlockBuffers.Rent();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<int> reading = ReadAsync(incoming, offset);
        try
        {
            long position = offset;
            while (await reading.ConfigureAwait(false) is > 0 and int count)
            {
                (incoming, outgoing) = (outgoing, incoming);
                reading = ReadAsync(incoming, position + count);
                WriteBlock(outgoing.Span[..count], position);
                position += count;
                advanced(position - offset);
            }
        }
        finally
        {
            // A read that is under way holds its buffer: it ends before the buffer goes back.
            await stop.CancelAsync().ConfigureAwait(false);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            BlockBuffers.Return(incoming);
            BlockBuffers.Return(outgoing);
            await verified.DisposeAsync().ConfigureAwait(false);
        }

        // A short first piece brings the others to places where direct writes may go.
        Task<int> ReadAsync(Memory<byte> buffer, long position)
        {
            int past = (int)(position % BlockBuffers.Alignment);
            int room = past == 0 ? BlockBuffers.Length : BlockBuffers.Alignment - past;
            return verified.ReadAtLeastAsync(buffer[..room], room, throwOnEndOfStream: false, stop.Token).AsTask();
        }
    }

    /// <summary>Puts the archive on the disk and gives it its name.</summary>
    /// <param name="replace">Whether a file that has the name is replaced.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.DestinationExists"/>; <see cref="OciErrorCode.WriteFailed"/>.
    /// </exception>
    public async Task PublishAsync(bool replace)
    {
        try
        {
            await Task.Run(() => RandomAccess.FlushToDisk(_file)).ConfigureAwait(false);
            _file.Dispose();
            _directFile.Dispose();
            if (replace)
                await DurableFile.MoveAsync(_temporary, _target).ConfigureAwait(false);
            else
                File.Move(_temporary, _target);
            DurableFile.FlushFolder(Path.GetDirectoryName(_target)!);
        }
        catch (IOException) when (!replace && File.Exists(_target) && File.Exists(_temporary))
        {
            throw ArchiveFault.Exists(_target);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(_target, exception);
        }
    }

    /// <summary>Removes what was not published.</summary>
    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        _directFile.Dispose();
        TryDelete(_temporary);
        return ValueTask.CompletedTask;
    }

    private void WriteBlock(ReadOnlySpan<byte> bytes, long offset)
    {
        // Direct writes take whole blocks only; the end of a blob is seldom one.
        int whole = bytes.Length & -BlockBuffers.Alignment;
        if (_isDirect && whole >= DirectMinimum && offset % BlockBuffers.Alignment == 0)
        {
            try
            {
                RandomAccess.Write(_directFile, bytes[..whole], offset);
                bytes = bytes[whole..];
                offset += whole;
            }
            catch (Exception exception) when (exception is IOException or ArgumentException)
            {
                // Some file systems agree to direct writes and refuse the first; any other fault comes again.
                _isDirect = false;
            }
        }

        if (!bytes.IsEmpty)
            Write(bytes, offset);
    }

    /// <summary>Tells the archive, in few characters whatever its name is: names have a maximum length.</summary>
    private static string PrefixOf(string target) =>
        $".{Digest.Compute(Encoding.UTF8.GetBytes(Path.GetFileName(target))).Short}.";

    /// <summary>Removes what interrupted attempts left; what is being written is held by its writer.</summary>
    private static bool RemoveLeftovers(string folder, string prefix)
    {
        bool isAny = false;
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles($"{prefix}*{Extension}"))
        {
            try
            {
                using SafeFileHandle? held = ExclusiveFile.TryOpen(file.FullName);
                if (held is null || !(ExclusiveFile.IsHeld(file.FullName) || IsStale(file)))
                    continue;
                file.Delete();
                isAny = true;
            }
            catch (UnauthorizedAccessException)
            {
                // It belongs to another user.
            }
        }

        return isAny;
    }

    private static bool IsStale(FileInfo file) => DateTime.UtcNow - file.LastWriteTimeUtc > s_staleAfter;

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // Its name says that it is no archive.
        }
    }
}
