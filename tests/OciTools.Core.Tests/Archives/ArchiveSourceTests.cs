using System.Formats.Tar;
using System.Text;
using OciTools.Archives;
using OciTools.Testing;

namespace OciTools.Tests.Archives;

public sealed class ArchiveSourceTests : IDisposable
{
    private static readonly TestLayer s_first = TestLayer.FromSeed(1);
    private static readonly TestLayer s_second = TestLayer.FromSeed(2);

    private readonly ArchiveFixture _archives = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _archives.Dispose();

    [Fact]
    public async Task What_docker_save_wrote_has_its_config_and_layers_with_their_own_digests()
    {
        byte[] config = ArchiveFixture.Config(s_first.DiffId, s_second.DiffId);
        string path = WriteDockerSave(config);

        Dictionary<string, byte[]> blobs = await _archives.ImportBlobsAsync(path);

        Assert.Equal(config, blobs[Digest.Compute(config).Hex]);
        Assert.Equal(s_first.Tar, blobs[s_first.DiffId.Hex]);
        Assert.Equal(s_second.Tar, blobs[s_second.DiffId.Hex]);
        Assert.Equal(4, blobs.Count);
    }

    [Fact]
    public async Task The_manifest_made_for_a_docker_archive_is_always_the_same_and_valid()
    {
        string path = WriteDockerSave(ArchiveFixture.Config(s_first.DiffId, s_second.DiffId));

        RawDocument one = await ResolveAsync(path, "app:1.0");
        RawDocument two = await ResolveAsync(path, "docker.io/library/app:1.0");

        Assert.Equal(one.Bytes.ToArray(), two.Bytes.ToArray());
        Assert.Equal([MediaTypes.OciLayer, MediaTypes.OciLayer], one.Manifest!.Layers.Select(layer => layer.MediaType));
        Assert.Equal(s_first.Tar.Length, one.Manifest.Layers[0].Size);
    }

    [Fact]
    public async Task Several_images_of_a_docker_archive_are_found_by_their_names()
    {
        byte[] first = ArchiveFixture.Config(s_first.DiffId);
        byte[] second = ArchiveFixture.Config(s_second.DiffId);
        string path = _archives.WriteTar(
            "a.tar",
            ("manifest.json", ArchiveFixture.DockerManifest(
                ("one.json", ["one:1", "one:latest"], ["one.tar"]), ("two.json", ["host.example:5000/two:2"], ["two.tar"]))),
            ("one.json", first),
            ("two.json", second),
            ("one.tar", s_first.Tar),
            ("two.tar", s_second.Gzip));

        Assert.Equal(Digest.Compute(first), (await ResolveAsync(path, "one")).Manifest!.Config.Digest);
        RawDocument two = await ResolveAsync(path, "host.example:5000/two:2");
        Assert.Equal(Digest.Compute(s_second.Gzip), two.Manifest!.Layers[0].Digest);
        Assert.Equal(MediaTypes.OciLayerGzip, two.Manifest.Layers[0].MediaType);
        OciException error = await ArchiveFixture.RefuseAsync(path);
        Assert.Equal(OciErrorCode.ManifestNotFound, error.Code);
        Assert.Contains("'one:1', 'one:latest', 'host.example:5000/two:2'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_packed_archive_is_read_like_a_plain_one(bool isZstd)
    {
        TestImage image = TestImages.MultiPlatform();
        string plain = await _archives.ExportAsync("a.tar", _archives.Layout(image));
        byte[] bytes = await File.ReadAllBytesAsync(plain, Cancellation);
        string packed = _archives.Combine("a.tar.packed");
        await File.WriteAllBytesAsync(
            packed, isZstd ? ArchiveFixture.Zstd(bytes) : ArchiveFixture.Gzip(bytes), Cancellation);

        Dictionary<string, byte[]> blobs = await _archives.ImportBlobsAsync(packed);

        foreach (TestContent content in image.Contents)
            Assert.Equal(content.Bytes, blobs[content.Descriptor.Digest.Hex]);
    }

    [Fact]
    public async Task An_archive_whose_gzip_is_cut_off_is_refused()
    {
        byte[] bytes = ArchiveFixture.Gzip(await File.ReadAllBytesAsync(
            await _archives.ExportAsync("a.tar", _archives.Layout(TestImages.Single())), Cancellation));
        string cut = _archives.Combine("cut.tar.gz");
        await File.WriteAllBytesAsync(cut, bytes[..^100], Cancellation);

        Assert.Equal(OciErrorCode.ArchiveInvalid, (await ArchiveFixture.RefuseAsync(cut)).Code);
    }

    [Fact]
    public async Task Platforms_that_an_index_lists_and_the_archive_lacks_are_left_out_with_a_word()
    {
        TestImage image = TestImages.MultiPlatform();
        string whole = await _archives.ExportAsync("a.tar", _archives.Layout(image));
        Dictionary<string, byte[]> files = await ArchiveFixture.ReadFilesAsync(whole);
        Digest absent = image.Children[1];
        Digest partial = image.Children[2];
        string layer = RawDocument.Create(image[partial], MediaTypes.OciManifest).Manifest!.Layers[1].Digest.Hex;
        string path = _archives.WriteTar("sparse.tar", [.. files
            .Where(file => !file.Key.EndsWith('/')
                && !file.Key.Contains(absent.Hex, StringComparison.Ordinal)
                && !file.Key.Contains(layer, StringComparison.Ordinal))
            .Select(file => (file.Key, file.Value))]);

        Dictionary<string, byte[]> blobs = await _archives.ImportBlobsAsync(path);

        Assert.Equal(image.RootBytes, blobs[image.Root.Digest.Hex]);
        Assert.Contains(image.Children[0].Hex, blobs.Keys);
        Assert.DoesNotContain(absent.Hex, blobs.Keys);
        Assert.DoesNotContain(partial.Hex, blobs.Keys);
    }

    [Fact]
    public async Task A_blob_can_be_read_from_any_place()
    {
        TestImage image = TestImages.Single();
        string path = await _archives.ExportAsync("a.tar", _archives.Layout(image));
        TestContent layer = image.Blobs.Last();
        await using var source = ArchiveSource.Open(path);

        var rest = new MemoryStream();
        await using (Stream content = await source.OpenBlobAsync(layer.Descriptor, 100, Cancellation))
            await content.CopyToAsync(rest, Cancellation);

        Assert.Equal(layer.Bytes[100..], rest.ToArray());
    }

    [Fact]
    public async Task Of_entries_with_one_name_the_last_counts()
    {
        byte[] right = ArchiveFixture.Config(s_first.DiffId);
        string path = _archives.WriteTar(
            "a.tar",
            ("manifest.json", ArchiveFixture.DockerManifest(("c.json", ["app:1"], ["./l.tar"]))),
            ("c.json", "{}"u8.ToArray()),
            ("l.tar", s_first.Tar),
            ("./c.json", right));

        Assert.Equal(Digest.Compute(right), (await ResolveAsync(path, null)).Manifest!.Config.Digest);
    }

    [Fact]
    public async Task An_archive_that_is_cut_off_anywhere_is_one_error()
    {
        byte[] bytes = await File.ReadAllBytesAsync(
            await _archives.ExportAsync("a.tar", _archives.Layout(TestImages.Single())), Cancellation);
        string cut = _archives.Combine("cut.tar");
        for (int length = 100; length < bytes.Length - 2048; length += 487)
        {
            await File.WriteAllBytesAsync(cut, bytes[..length], Cancellation);
            await using var source = ArchiveSource.Open(cut);
            try
            {
                await _archives.ImportBlobsAsync(cut);
                Assert.Fail($"An archive of {length} bytes was taken for a whole one.");
            }
            catch (OciException exception)
            {
                // Cut between two entries, a tar looks whole, but contents are missing.
                Assert.Contains(exception.Code, new[]
                {
                    OciErrorCode.ArchiveInvalid, OciErrorCode.ManifestNotFound, OciErrorCode.BlobNotFound,
                });
            }
        }
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("blobs/../../outside")]
    public async Task An_entry_that_leads_out_of_the_archive_is_refused_by_name(string name)
    {
        OciException error = await ArchiveFixture.RefuseAsync(_archives.WriteTar("a.tar", (name, "x"u8.ToArray())));

        Assert.Equal(OciErrorCode.ArchiveInvalid, error.Code);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../etc/passwd", TarEntryType.SymbolicLink)]
    [InlineData("/etc/passwd", TarEntryType.SymbolicLink)]
    [InlineData("../etc/passwd", TarEntryType.HardLink)]
    [InlineData("layer.tar", TarEntryType.SymbolicLink)]
    public async Task A_link_that_leads_out_or_in_a_circle_is_refused_by_name(string target, TarEntryType type)
    {
        string path = _archives.WriteTar(
            "a.tar",
            ArchiveFixture.FileEntry("manifest.json", ArchiveFixture.DockerManifest(("c.json", [], ["l/layer.tar"]))),
            ArchiveFixture.FileEntry("c.json", ArchiveFixture.Config(s_first.DiffId)),
            ArchiveFixture.Link("l/layer.tar", target, type));

        OciException error = await ArchiveFixture.RefuseAsync(path);

        Assert.Equal(OciErrorCode.ArchiveInvalid, error.Code);
        Assert.Contains("l/layer.tar", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("manifest.json", "{}")]
    [InlineData("manifest.json", "[1]")]
    [InlineData("manifest.json", "[{}]")]
    [InlineData("manifest.json", "[{\"Config\":\"no.json\",\"Layers\":[]}]")]
    [InlineData("manifest.json", "[{\"Config\":\"manifest.json\",\"Config\":\"b\",\"Layers\":[]}]")]
    [InlineData("manifest.json", "[{\"Config\":\"manifest.json\",\"Layers\":[]}]")]
    [InlineData("index.json", "{")]
    [InlineData("index.json", "{\"schemaVersion\":2,\"manifests\":[{}]}")]
    public async Task A_malformed_document_is_refused_by_name(string name, string content)
    {
        OciException error =
            await ArchiveFixture.RefuseAsync(_archives.WriteTar("a.tar", (name, Encoding.UTF8.GetBytes(content))));

        Assert.Equal(OciErrorCode.ArchiveInvalid, error.Code);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_config_and_a_list_of_layers_that_disagree_are_refused()
    {
        string path = _archives.WriteTar(
            "a.tar",
            ("manifest.json", ArchiveFixture.DockerManifest(("c.json", [], ["l.tar", "l.tar"]))),
            ("c.json", ArchiveFixture.Config(s_first.DiffId)),
            ("l.tar", s_first.Tar));

        OciException error = await ArchiveFixture.RefuseAsync(path);

        Assert.Equal(OciErrorCode.ArchiveInvalid, error.Code);
        Assert.Contains("'c.json'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_that_is_not_what_its_config_says_is_not_imported()
    {
        string path = _archives.WriteTar(
            "a.tar",
            ("manifest.json", ArchiveFixture.DockerManifest(("c.json", [], ["l.tar"]))),
            ("c.json", ArchiveFixture.Config(s_first.DiffId)),
            ("l.tar", s_second.Tar));

        OciException error = await Assert.ThrowsAsync<OciException>(() => _archives.ImportBlobsAsync(path));

        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("oci-layout")]
    public async Task A_document_over_its_limit_is_not_read(string name)
    {
        byte[] large = new byte[ContentLimits.Document + 1];
        OciException error = await ArchiveFixture.RefuseAsync(_archives.WriteTar(
            "a.tar", (name, large), ("index.json", """{"schemaVersion":2,"manifests":[]}"""u8.ToArray())));

        Assert.Equal(OciErrorCode.LimitExceeded, error.Code);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_archive_of_images_is_refused()
    {
        string other = _archives.WriteTar("other.tar", ("readme", "x"u8.ToArray()));
        string text = _archives.Combine("text.tar");
        await File.WriteAllTextAsync(text, new string('x', 2000), Cancellation);

        Assert.Equal(OciErrorCode.ArchiveInvalid, (await ArchiveFixture.RefuseAsync(other)).Code);
        Assert.Equal(OciErrorCode.ArchiveInvalid, (await ArchiveFixture.RefuseAsync(text)).Code);
        Assert.Equal(
            OciErrorCode.ArchiveNotFound,
            Assert.Throws<OciException>(() => ArchiveSource.Open(_archives.Combine("none.tar"))).Code);
    }

    /// <summary>The form of docker save before version 25: a folder for each layer, and links for those that are equal.</summary>
    private string WriteDockerSave(byte[] config) => _archives.WriteTar(
        "save.tar",
        ArchiveFixture.FileEntry("aa/VERSION", "1.0"u8.ToArray()),
        ArchiveFixture.FileEntry("aa/layer.tar", s_first.Tar),
        ArchiveFixture.FileEntry("bb/real.tar", s_second.Tar),
        ArchiveFixture.Link("cc/hard.tar", "bb/real.tar", TarEntryType.HardLink),
        ArchiveFixture.Link("bb/layer.tar", "../cc/hard.tar"),
        ArchiveFixture.FileEntry("c.json", config),
        ArchiveFixture.FileEntry(
            "manifest.json",
            ArchiveFixture.DockerManifest(("c.json", ["app:1.0"], ["aa/layer.tar", "bb/layer.tar"]))),
        ArchiveFixture.FileEntry("repositories", "{}"u8.ToArray()));

    private static async Task<RawDocument> ResolveAsync(string path, string? name)
    {
        await using var source = ArchiveSource.Open(path);
        return await source.ResolveAsync(ArchiveFixture.Archive(path, name), Cancellation);
    }
}
