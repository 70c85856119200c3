using System.Text;
using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>Reads whole archives for tests.</summary>
internal static class TarContents
{
    /// <summary>Reads all entries with their content.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="chunk">How many bytes come at a time.</param>
    /// <param name="isAsync">Whether to read asynchronously.</param>
    public static async Task<List<(TarEntry Entry, byte[] Data)>> ReadAsync(
        byte[] archive, int chunk = int.MaxValue, bool isAsync = true)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        var entries = new List<(TarEntry Entry, byte[] Data)>();
        await using var reader = new TarReader(new Chunked(archive, chunk), "test.tar");
        while ((isAsync ? await reader.ReadEntryAsync(cancellationToken) : reader.ReadEntry()) is { } entry)
        {
            var data = new MemoryStream();
            if (isAsync)
                await entry.Data.CopyToAsync(data, cancellationToken);
            else
                entry.Data.CopyTo(data);
            Assert.Equal(entry.Size, data.Length);
            entries.Add((entry, data.ToArray()));
        }

        return entries;
    }

    /// <summary>Reads the one entry of an archive.</summary>
    public static async Task<TarEntry> ReadOneAsync(byte[] archive) => Assert.Single(await ReadAsync(archive)).Entry;

    /// <summary>Reads the names of all entries.</summary>
    public static async Task<string[]> ReadNamesAsync(byte[] archive) =>
        [.. (await ReadAsync(archive)).Select(item => item.Entry.Name)];

    /// <summary>Reads an archive that must fail.</summary>
    public static async Task<OciException> FailAsync(byte[] archive, OciErrorCode code = OciErrorCode.ArchiveInvalid)
    {
        OciException exception = await Assert.ThrowsAsync<OciException>(() => ReadAsync(archive));
        Assert.Equal(code, exception.Code);
        Assert.Equal("test.tar", exception.Target);
        return exception;
    }

    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
