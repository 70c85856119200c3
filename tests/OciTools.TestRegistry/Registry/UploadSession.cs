using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace OciTools.Testing;

/// <summary>A blob that is being uploaded: in memory while it is small, then in a file; hashed as it comes.</summary>
internal sealed class UploadSession(string repository, string directory, long memoryLimit) : IDisposable
{
    private const int BufferLength = 256 * 1024;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly string _path = System.IO.Path.Combine(directory, Guid.NewGuid().ToString("N"));
    private MemoryStream? _memory = new();
    private SafeFileHandle? _file;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>A part of <c>Location</c> that clients must send back as they got it.</summary>
    public string State { get; } = Guid.NewGuid().ToString("N");

    public string Repository { get; } = repository;

    public long Length { get; private set; }

    /// <summary>The length of the chunk before, when there was one.</summary>
    public long? LastChunkLength { get; set; }

    public SemaphoreSlim Gate { get; } = new(1);

    /// <summary>Appends a body; what came before it broke is kept.</summary>
    public async Task AppendAsync(Stream body, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferLength];
        bool more = true;
        while (more)
        {
            int filled = 0;
            try
            {
                while (more && filled < buffer.Length)
                {
                    int read = await body.ReadAsync(buffer.AsMemory(filled), cancellationToken);
                    more = read > 0;
                    filled += read;
                }
            }
            finally
            {
                Append(buffer.AsSpan(0, filled));
            }
        }
    }

    /// <summary>Ends the upload.</summary>
    public StoredBlob Complete(Digest digest)
    {
        _file?.Dispose();
        StoredBlob blob = _memory is null ? new StoredBlob(_path) : new StoredBlob(_memory.ToArray());
        Digest actual = Digest.Parse($"sha256:{Convert.ToHexStringLower(_hash.GetCurrentHash())}");
        if (digest.Algorithm == Digest.Sha512)
        {
            using Stream content = blob.Open();
            actual = Digest.Parse($"sha512:{Convert.ToHexStringLower(SHA512.HashData(content))}");
        }

        return actual.Equals(digest) ? blob : throw ApiException.DigestInvalid(digest.ToString());
    }

    public void Dispose()
    {
        _hash.Dispose();
        _file?.Dispose();
    }

    private void Append(ReadOnlySpan<byte> content)
    {
        _hash.AppendData(content);
        if (_memory is not null && Length + content.Length > memoryLimit)
        {
            _file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.Write);
            RandomAccess.Write(_file, _memory.GetBuffer().AsSpan(0, (int)_memory.Length), 0);
            _memory = null;
        }

        if (_memory is not null)
            _memory.Write(content);
        else
            RandomAccess.Write(_file!, content, Length);
        Length += content.Length;
    }
}
