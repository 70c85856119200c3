using System.Buffers;
using System.Globalization;

namespace OciTools.RootFs;

/// <summary>
/// Writes a tar archive. The same entries give the same bytes: a plain POSIX header (ustar) where it suffices, and
/// before it an extended one (pax) where it does not, with a fixed name and the records in the order of their keys.
/// </summary>
internal sealed class TarWriter : IAsyncDisposable
{
    private const int BufferLength = 128 * 1024;

    private static readonly TarEntry s_extendedHeader = new() { Name = "././@PaxHeader" };

    private readonly Stream _archive;
    private readonly bool _leaveOpen;
    private readonly byte[] _block = new byte[TarHeader.Length];

    /// <summary>Creates a writer.</summary>
    /// <param name="archive">Where the archive goes.</param>
    /// <param name="leaveOpen">Whether <paramref name="archive"/> stays open when the writer is disposed.</param>
    public TarWriter(Stream archive, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(archive);
        _archive = archive;
        _leaveOpen = leaveOpen;
    }

    /// <summary>Writes an entry, and for a file the content, from where <see cref="TarEntry.Data"/> stands.</summary>
    /// <exception cref="InvalidDataException">The data ends before its size.</exception>
    public async Task WriteEntryAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentOutOfRangeException.ThrowIfNegative(entry.Size);
        ArgumentOutOfRangeException.ThrowIfNegative(entry.Uid);
        ArgumentOutOfRangeException.ThrowIfNegative(entry.Gid);
        if (entry.Type == OciFileType.Directory && !entry.Name.EndsWith('/'))
            entry = entry with { Name = entry.Name + "/" };
        if (entry.Type != OciFileType.File)
            entry = entry with { Size = 0 };

        byte[] records = PaxWriter.Write(entry);
        if (records.Length > 0)
        {
            TarEntry header = s_extendedHeader with { Size = records.Length };
            await WriteHeaderAsync(header, 'x', cancellationToken).ConfigureAwait(false);
            await _archive.WriteAsync(records, cancellationToken).ConfigureAwait(false);
            await WritePaddingAsync(records.Length, cancellationToken).ConfigureAwait(false);
        }

        await WriteHeaderAsync(entry, GetTypeMark(entry.Type), cancellationToken).ConfigureAwait(false);
        await WriteDataAsync(entry, cancellationToken).ConfigureAwait(false);
        await WritePaddingAsync(entry.Size, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the archive with its two blocks of zeros.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        Array.Clear(_block);
        await _archive.WriteAsync(_block, cancellationToken).ConfigureAwait(false);
        await _archive.WriteAsync(_block, cancellationToken).ConfigureAwait(false);
        await _archive.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _leaveOpen ? default : _archive.DisposeAsync();

    private static char GetTypeMark(OciFileType type) => type switch
    {
        OciFileType.File => '0',
        OciFileType.HardLink => '1',
        OciFileType.SymbolicLink => '2',
        OciFileType.CharacterDevice => '3',
        OciFileType.BlockDevice => '4',
        OciFileType.Directory => '5',
        OciFileType.Fifo => '6',
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such type."),
    };

    private ValueTask WriteHeaderAsync(TarEntry entry, char type, CancellationToken cancellationToken)
    {
        TarHeaderWriter.Write(_block, entry, type);
        return _archive.WriteAsync(_block, cancellationToken);
    }

    private async Task WriteDataAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        long remaining = entry.Size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(remaining, BufferLength));
        try
        {
            while (remaining > 0)
            {
                Memory<byte> wanted = buffer.AsMemory(0, (int)Math.Min(remaining, buffer.Length));
                int read = await entry.Data.ReadAsync(wanted, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    throw new InvalidDataException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"The data of '{entry.Name}' ends {remaining} bytes before its size."));
                }

                await _archive.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                remaining -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ValueTask WritePaddingAsync(long length, CancellationToken cancellationToken)
    {
        Array.Clear(_block);
        return _archive.WriteAsync(_block.AsMemory(0, TarHeaderParser.GetPadding(length)), cancellationToken);
    }
}
