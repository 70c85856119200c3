using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.Support;

namespace OciTools.Tests.Archives;

public sealed class ArchiveInterchangeTests : IDisposable
{
    private readonly ArchiveFixture _archives = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _archives.Dispose();

    [Theory]
    [InlineData(ArchiveFormat.Hybrid)]
    [InlineData(ArchiveFormat.Oci)]
    public async Task Skopeo_copies_all_platforms_out_of_an_archive_to_the_byte(ArchiveFormat format)
    {
        Skopeo.Require();
        TestImage image = TestImages.MultiPlatform();
        string path = await _archives.ExportAsync(
            "a.tar", request => request with { Format = format }, new ArchiveImage(_archives.Layout(image)));
        string copy = _archives.Combine("copy");

        await Skopeo.CopyAsync($"oci-archive:{path}:v1", $"oci:{copy}:v1", "--all", "--preserve-digests");

        foreach (TestContent content in image.Contents)
            Assert.Equal(content.Bytes, await File.ReadAllBytesAsync(BlobPath(copy, content.Descriptor.Digest), Cancellation));
    }

    [Theory]
    [InlineData(ArchiveFormat.Hybrid)]
    [InlineData(ArchiveFormat.Docker)]
    public async Task Skopeo_reads_the_platform_to_load_as_docker_would(ArchiveFormat format)
    {
        Skopeo.Require();
        TestImage image = TestImages.MultiPlatform();
        string path = await _archives.ExportAsync(
            "a.tar",
            request => request with { Format = format, LoadPlatform = TestImages.Arm64 },
            new ArchiveImage(_archives.Layout(image)) { Name = "example.com/app:v1" });

        string config = await Skopeo.RunAsync("inspect", "--config", $"docker-archive:{path}:example.com/app:v1");

        Assert.Contains("\"arm64\"", config, StringComparison.Ordinal);
        await Skopeo.CopyAsync($"docker-archive:{path}:example.com/app:v1", $"oci:{_archives.Combine("copy")}:v1");
    }

    [Fact]
    public async Task An_oci_archive_of_skopeo_is_read_to_the_byte()
    {
        Skopeo.Require();
        TestImage image = TestImages.Single();
        ImageReference source = _archives.Layout(image);
        string path = _archives.Combine("skopeo.tar");
        await Skopeo.CopyAsync(source.ToString(), $"oci-archive:{path}:v1", "--preserve-digests");

        Dictionary<string, byte[]> blobs = await _archives.ImportBlobsAsync(path, "v1");

        foreach (TestContent content in image.Contents)
            Assert.Equal(content.Bytes, blobs[content.Descriptor.Digest.Hex]);
    }

    [Fact]
    public async Task A_docker_archive_of_skopeo_is_read_with_its_layers_as_plain_tars()
    {
        Skopeo.Require();
        TestLayer[] layers = [TestLayer.FromSeed(1), TestLayer.FromSeed(2), TestLayer.FromSeed(1)];
        ImageReference source = _archives.Layout(TestImages.Single(layers));
        string path = _archives.Combine("skopeo.tar");
        await Skopeo.CopyAsync(source.ToString(), $"docker-archive:{path}:example.com/app:v1");

        Dictionary<string, byte[]> blobs = await _archives.ImportBlobsAsync(path, "example.com/app:v1");

        foreach (TestLayer layer in layers)
            Assert.Equal(layer.Tar, blobs[layer.DiffId.Hex]);
    }

    [Fact]
    public async Task A_copy_goes_from_registry_to_archive_to_registry_byte_for_byte()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImage image = TestImages.MultiPlatform().AddTo(registry, "app", "v1");
        var copy = new CopyImageOperation(_archives.Session);
        string path = _archives.Combine("a.tar");
        ImageReference archive = ImageReference.Parse($"oci-archive:{path}");

        await copy.RunAsync(
            new CopyImageRequest { Source = ImageReference.Parse(registry.Reference("app", "v1")), Destination = archive },
            cancellationToken: Cancellation);
        await copy.RunAsync(
            new CopyImageRequest { Source = archive, Destination = ImageReference.ForRegistry(registry.Host, "copy") },
            cancellationToken: Cancellation);

        Assert.Equal(image.RootBytes, registry.GetManifest("copy", "v1")!.Value.Bytes);
        foreach (TestContent blob in image.Blobs)
            Assert.Equal(blob.Bytes, registry.GetBlob("copy", blob.Descriptor.Digest));
        Dictionary<string, byte[]> files = await ArchiveFixture.ReadFilesAsync(path);
        Assert.Contains($"\"{registry.Host}/app:v1\"", System.Text.Encoding.UTF8.GetString(files["manifest.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_of_docker_are_imported_to_a_registry_under_their_tags()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        var layer = TestLayer.FromSeed(1);
        byte[] config = ArchiveFixture.Config(layer.DiffId);
        string path = _archives.WriteTar(
            "a.tar",
            ("manifest.json", ArchiveFixture.DockerManifest(("c.json", ["app:1", "app:2"], ["l.tar"]))),
            ("c.json", config),
            ("l.tar", layer.Tar));

        IReadOnlyList<OciTransferResult> results =
            await _archives.ImportAsync(path, ImageReference.ForRegistry(registry.Host, "team/app"));

        Assert.Equal(["1", "2"], results.Select(result => result.Destination.Tag));
        Assert.Equal(["1", "2"], registry.GetTags("team/app"));
        Assert.Equal(layer.Tar, registry.GetBlob("team/app", layer.DiffId));
    }

    [Fact]
    public async Task Images_that_would_get_one_tag_are_not_imported_over_each_other()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        var layer = TestLayer.FromSeed(1);
        string path = _archives.WriteTar(
            "a.tar",
            ("manifest.json", ArchiveFixture.DockerManifest(("c.json", ["one:1", "two:1"], ["l.tar"]))),
            ("c.json", ArchiveFixture.Config(layer.DiffId)),
            ("l.tar", layer.Tar));

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => _archives.ImportAsync(path, ImageReference.ForRegistry(registry.Host, "app")));

        Assert.Equal(OciErrorCode.DestinationExists, error.Code);
        Assert.Contains("one:1, two:1", error.Message, StringComparison.Ordinal);
    }

    private static string BlobPath(string layout, Digest digest) => Path.Combine(layout, "blobs", "sha256", digest.Hex);
}
