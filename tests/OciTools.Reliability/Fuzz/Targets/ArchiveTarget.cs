using System.Formats.Tar;
using OciTools.Archives;
using OciTools.Layout;
using OciTools.Testing;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>Archives of images, OCI's and Docker's.</summary>
internal sealed class ArchiveTarget : FuzzTarget
{
    public override string Name => "archives";

    public override IReadOnlyList<byte[]> Seeds { get; } = [MakeOci(), MakeDocker()];

    public override IReadOnlyList<string> Tokens =>
    [
        .. TarSeeds.Tokens, .. JsonPieces.All, "manifest.json", "index.json", "oci-layout", "blobs/sha256/",
        "\"RepoTags\":", "\"Layers\":", "\"Config\":", "layer.tar", "repositories",
    ];

    public override void Repair(byte[] input) => TarSeeds.RepairChecksums(input);

    public override async Task RunAsync(byte[] input)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(path, input);
            await using var source = ArchiveSource.Open(path);
            LayoutIndex index = await source.ReadIndexAsync(CancellationToken.None);
            foreach (Descriptor entry in index.Entries)
                await ReadAsync(source, entry, depth: 0);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task ReadAsync(ArchiveSource source, Descriptor descriptor, int depth)
    {
        if (!MediaTypes.IsDocument(descriptor.MediaType))
        {
            await using Stream blob = await source.OpenBlobAsync(descriptor, 0, CancellationToken.None);
            await blob.CopyToAsync(Stream.Null);
            return;
        }

        RawDocument document = await source.ReadDocumentAsync(descriptor, CancellationToken.None);
        foreach (Descriptor child in document.Children)
        {
            if (depth < 8)
                await ReadAsync(source, child, depth + 1);
        }
    }

    private static byte[] MakeOci()
    {
        TestImage image = TestImages.MultiPlatform();
        return Pack(folder => image.WriteLayout(folder));
    }

    private static byte[] MakeDocker()
    {
        TestImage image = TestImages.DockerSingle();
        TestContent[] blobs = [.. image.Blobs];
        return Pack(folder =>
        {
            File.WriteAllBytes(Path.Combine(folder, "config.json"), blobs[0].Bytes);
            foreach (int number in new[] { 1, 2 })
                File.WriteAllBytes(Path.Combine(folder, $"{number}.tar.gz"), blobs[number].Bytes);
            File.CreateSymbolicLink(Path.Combine(folder, "link.tar.gz"), "2.tar.gz");
            File.WriteAllText(
                Path.Combine(folder, "manifest.json"),
                """[{"Config":"config.json","RepoTags":["app:v1"],"Layers":["1.tar.gz","link.tar.gz"]}]""");
        });
    }

    private static byte[] Pack(Action<string> fill)
    {
        string folder = Directory.CreateTempSubdirectory("ocitools-fuzz-").FullName;
        try
        {
            fill(folder);
            using var archive = new MemoryStream();
            TarFile.CreateFromDirectory(folder, archive, includeBaseDirectory: false);
            return archive.ToArray();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
