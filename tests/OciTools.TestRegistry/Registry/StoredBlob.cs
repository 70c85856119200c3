using System.IO.Pipelines;

namespace OciTools.Testing;

/// <summary>A blob, in memory or in a file.</summary>
internal sealed class StoredBlob
{
    private const int ChunkLength = 256 * 1024;
    private readonly ReadOnlyMemory<byte> _memory;
    private readonly string? _path;

    public StoredBlob(ReadOnlyMemory<byte> memory)
    {
        _memory = memory;
        Length = memory.Length;
    }

    public StoredBlob(string path)
    {
        _path = path;
        Length = new FileInfo(path).Length;
    }

    public long Length { get; }

    public byte[] ToArray() => _path is null ? _memory.ToArray() : File.ReadAllBytes(_path);

    public Stream Open() => _path is null ? new MemoryStream(ToArray(), writable: false) : File.OpenRead(_path);

    /// <summary>Writes a part, and leaves the last chunk to be flushed when the answer ends.</summary>
    /// <remarks>So a request counts as done before its client can know.</remarks>
    public async Task WriteToAsync(PipeWriter writer, long offset, long count, CancellationToken cancellationToken)
    {
        using Microsoft.Win32.SafeHandles.SafeFileHandle? file = _path is null ? null : File.OpenHandle(_path);
        while (count > 0)
        {
            int length = (int)Math.Min(count, ChunkLength);
            Memory<byte> target = writer.GetMemory(length)[..length];
            if (file is null)
                _memory.Slice((int)offset, length).CopyTo(target);
            else
                length = RandomAccess.Read(file, target.Span, offset);
            if (length == 0)
                throw new EndOfStreamException($"{_path} has become shorter.");

            writer.Advance(length);
            offset += length;
            count -= length;
            if (count > 0)
                await writer.FlushAsync(cancellationToken);
        }
    }
}
