using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using OciTools.Archives;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.Archives;

/// <summary>A folder with archives, and looks at them that do not go through the product.</summary>
internal sealed class ArchiveFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public OciSession Session { get; } = new(new HttpClientSource());

    public string Path => _directory.Path;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string Combine(string name) => _directory.Combine(name);

    public static ImageReference Archive(string path, string? name = null) =>
        ImageReference.ForPath(TransportKind.OciArchive, path, name, null);

    /// <summary>Writes the image to a layout, to be exported from there.</summary>
    public ImageReference Layout(TestImage image, string name = "v1", string folder = "source")
    {
        image.WriteLayout(Combine(folder), name);
        return ImageReference.ForLayout(Combine(folder), name);
    }

    public async Task<string> ExportAsync(
        string name, Func<ExportArchiveRequest, ExportArchiveRequest>? change, params ArchiveImage[] images)
    {
        var request = new ExportArchiveRequest { Images = images, Path = Combine(name) };
        await new ExportArchiveOperation(Session)
            .RunAsync(change is null ? request : change(request), cancellationToken: Cancellation);
        return request.Path;
    }

    public Task<string> ExportAsync(string name, ImageReference image) =>
        ExportAsync(name, null, new ArchiveImage(image));

    public Task<IReadOnlyList<OciTransferResult>> ImportAsync(
        string path, ImageReference destination, params string[] names) =>
        new ImportArchiveOperation(Session).RunAsync(
            new ImportArchiveRequest { Path = path, Destination = destination, Names = names },
            cancellationToken: Cancellation);

    /// <summary>Writes a tar with an implementation that is not the product's.</summary>
    public string WriteTar(string name, params (string Name, byte[] Content)[] files) =>
        WriteTar(name, [.. files.Select(file => new PaxTarEntry(TarEntryType.RegularFile, file.Name)
        {
            DataStream = new MemoryStream(file.Content),
        })]);

    public string WriteTar(string name, params TarEntry[] entries)
    {
        string path = Combine(name);
        using FileStream file = File.Create(path);
        using var writer = new TarWriter(file);
        foreach (TarEntry entry in entries)
            writer.WriteEntry(entry);
        return path;
    }

    public static TarEntry FileEntry(string name, byte[] content) =>
        new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) };

    public static TarEntry Link(string name, string target, TarEntryType type = TarEntryType.SymbolicLink) =>
        new PaxTarEntry(type, name) { LinkName = target };

    public static byte[] DockerManifest(params (string Config, string[] Names, string[] Layers)[] images) =>
        Encoding.UTF8.GetBytes(new JsonArray([.. images.Select(image => new JsonObject
        {
            ["Config"] = image.Config,
            ["RepoTags"] = new JsonArray([.. image.Names.Select(text => JsonValue.Create(text))]),
            ["Layers"] = new JsonArray([.. image.Layers.Select(text => JsonValue.Create(text))]),
        })]).ToJsonString());

    public static byte[] Config(params Digest[] diffIds) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["architecture"] = "amd64",
        ["os"] = "linux",
        ["rootfs"] = new JsonObject
        {
            ["type"] = "layers",
            ["diff_ids"] = new JsonArray([.. diffIds.Select(digest => JsonValue.Create($"{digest}"))]),
        },
    }.ToJsonString());

    public static byte[] Gzip(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(content);
        return packed.ToArray();
    }

    /// <summary>Zstandard that stores its blocks as they are (RFC 8878, section 3.1.1.2).</summary>
    public static byte[] Zstd(byte[] content)
    {
        const int BlockSize = 64 * 1024;
        const byte WindowOf128KiB = 7 << 3;
        List<byte> packed = [0x28, 0xB5, 0x2F, 0xFD, 0, WindowOf128KiB];
        for (int start = 0; start < content.Length; start += BlockSize)
        {
            byte[] block = content[start..Math.Min(content.Length, start + BlockSize)];
            int header = (block.Length << 3) | (start + BlockSize >= content.Length ? 1 : 0);
            packed.AddRange([(byte)header, (byte)(header >> 8), (byte)(header >> 16), .. block]);
        }

        return [.. packed];
    }

    public static async Task<Dictionary<string, byte[]>> ReadFilesAsync(string path) =>
        (await TarContents.ReadAsync(await File.ReadAllBytesAsync(path, Cancellation)))
        .ToDictionary(item => item.Entry.Name, item => item.Data);

    public static string BlobName(Digest digest) => $"blobs/{digest.Algorithm}/{digest.Hex}";

    /// <summary>Copies the only image of an archive into a layout, and returns the bytes of its blobs.</summary>
    public async Task<Dictionary<string, byte[]>> ImportBlobsAsync(string path, string? name = null)
    {
        string layout = Combine($"imported-{Guid.NewGuid():N}");
        await ImportAsync(path, ImageReference.ForLayout(layout), name is null ? [] : [name]);
        return Directory.EnumerateFiles(System.IO.Path.Combine(layout, "blobs"), "*", SearchOption.AllDirectories)
            .ToDictionary(file => System.IO.Path.GetFileName(file), File.ReadAllBytes);
    }

    /// <summary>Looks at an archive that must be refused.</summary>
    public static async Task<OciException> RefuseAsync(string path)
    {
        await using var source = ArchiveSource.Open(path);
        return await Assert.ThrowsAsync<OciException>(() => source.ResolveAsync(Archive(path), Cancellation));
    }

    public void Dispose() => _directory.Dispose();
}
