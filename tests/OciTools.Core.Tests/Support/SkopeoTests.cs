using OciTools.Testing;

namespace OciTools.Tests.Support;

/// <summary>The test registry, and the images made for it, as skopeo sees them.</summary>
/// <remarks>An index in an index is not among them: skopeo cannot copy it.</remarks>
public sealed class SkopeoTests
{
    public static TheoryData<string> Images => ["oci", "docker", "many", "list", "unknown members", "artifact"];

    [Theory]
    [MemberData(nameof(Images))]
    public async Task Skopeo_pulls_every_kind_of_image_to_the_byte(string kind)
    {
        Skopeo.Require();
        await using var registry = await TestRegistry.StartAsync();
        using var directory = new TemporaryDirectory();
        TestImage image = Make(kind).AddTo(registry, "library/thing", "v1");

        await Skopeo.CopyAsync(
            $"docker://{registry.Reference("library/thing", "v1")}",
            $"dir:{directory.Path}",
            "--all", "--preserve-digests");

        Assert.Equal(image.RootBytes, await File.ReadAllBytesAsync(directory.Combine("manifest.json"), Cancel));
        Assert.All(image.Blobs, blob => Assert.Equal(
            blob.Bytes, File.ReadAllBytes(directory.Combine(blob.Descriptor.Digest.Hex))));
    }

    [Theory]
    [InlineData("many", RegistryAuth.None, false)]
    [InlineData("docker", RegistryAuth.Basic, true)]
    [InlineData("list", RegistryAuth.Bearer, false)]
    [InlineData("oci", RegistryAuth.Bearer, true)]
    public async Task Skopeo_pushes_what_it_pulled(string kind, RegistryAuth auth, bool absolute)
    {
        Skopeo.Require();
        await using var source = await TestRegistry.StartAsync();
        await using var target = await TestRegistry.StartAsync(
            new TestRegistryOptions { Auth = auth, AbsoluteLocations = absolute });
        TestImage image = Make(kind).AddTo(source, "a", "v1");

        await Skopeo.CopyAsync(
            $"docker://{source.Reference("a", "v1")}",
            $"docker://{target.Reference("b/c", "v2")}",
            "--all", "--preserve-digests", $"--dest-creds={target.Options.UserName}:{target.Options.Password}");

        Assert.Equal(image.RootBytes, target.GetManifest("b/c", "v2")!.Value.Bytes);
        Assert.All(image.Blobs, blob => Assert.Equal(blob.Bytes, target.GetBlob("b/c", blob.Descriptor.Digest)));
    }

    [Fact]
    public async Task Skopeo_reads_layouts_that_the_test_images_write()
    {
        Skopeo.Require();
        await using var registry = await TestRegistry.StartAsync();
        using var directory = new TemporaryDirectory();
        TestImage image = TestImages.MultiPlatform().WriteLayout(directory.Path, "many");
        TestImages.Single(7).WriteLayout(directory.Path, "one");

        await Skopeo.CopyAsync($"oci:{directory.Path}:many", $"docker://{registry.Reference("a")}", "--all");

        Assert.Equal(image.RootBytes, registry.GetManifest("a", "latest")!.Value.Bytes);
        Assert.Equal(image.Documents.Count(), registry.GetManifests("a").Count);
    }

    [Fact]
    public async Task Skopeo_lists_tags_page_by_page_and_deletes()
    {
        Skopeo.Require();
        await using var registry = await TestRegistry.StartAsync(new TestRegistryOptions { PageSize = 2 });
        TestImage image = TestImages.Single();
        foreach (string tag in (string[])["a", "b", "c", "d", "e"])
            image.AddTo(registry, "x/y", tag);

        string json = await Skopeo.RunAsync("list-tags", "--tls-verify=false", $"docker://{registry.Host}/x/y");
        Assert.All((string[])["a", "b", "c", "d", "e"], tag => Assert.Contains($"\"{tag}\"", json));
        Assert.Equal(3, registry.Requests.Count(request => request.Path == "/v2/x/y/tags/list"));

        await Skopeo.RunAsync("delete", "--tls-verify=false", $"docker://{registry.Reference("x/y", "c")}");
        Assert.Empty(registry.GetManifests("x/y"));
    }

    [Fact]
    public async Task Skopeo_talks_to_it_over_https_with_a_client_certificate()
    {
        Skopeo.Require();
        await using var registry = await TestRegistry.StartAsync(
            new TestRegistryOptions { Tls = true, RequireClientCertificate = true });
        TestImage image = TestImages.Single().AddTo(registry, "a");

        string raw = await Skopeo.RunAsync(
            "inspect", "--raw", $"--cert-dir={registry.Certificates.Directory}", $"docker://{registry.Reference("a")}");

        Assert.Equal(System.Text.Encoding.UTF8.GetString(image.RootBytes), raw);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Skopeo.RunAsync(
            "inspect", "--raw", "--tls-verify=false", $"docker://{registry.Reference("a")}"));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Skopeo_pushes_to_a_real_registry_and_pulls_from_it(bool tls, bool password)
    {
        Skopeo.Require();
        await using RealRegistry real = await RealRegistry.StartAsync(tls, password);
        using var directory = new TemporaryDirectory();
        TestImage image = TestImages.MultiPlatform().WriteLayout(directory.Path, "many");
        string credential = $"{RealRegistry.UserName}:{RealRegistry.Password}";

        await Skopeo.CopyAsync(
            $"oci:{directory.Path}:many", $"docker://{real.Reference("a")}", "--all", $"--dest-creds={credential}");
        await Skopeo.CopyAsync(
            $"docker://{real.Reference("a")}",
            $"oci:{directory.Combine("out")}:t",
            "--all", $"--src-creds={credential}");

        Assert.All(image.Contents, content => Assert.Equal(
            content.Bytes,
            File.ReadAllBytes(directory.Combine("out", "blobs", "sha256", content.Descriptor.Digest.Hex))));
    }

    [Fact]
    public async Task Umoci_unpacks_the_layers()
    {
        Umoci.Require();
        using var directory = new TemporaryDirectory();
        var layer = TestLayer.FromSeed(5);
        TestImages.Single([layer]).WriteLayout(directory.Combine("layout"), "t");

        await Umoci.UnpackAsync(directory.Combine("layout"), "t", directory.Combine("bundle"));

        Assert.All(layer.Files, file => Assert.Equal(
            file.Value, File.ReadAllBytes(directory.Combine("bundle", "rootfs", file.Key))));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static TestImage Make(string kind) => kind switch
    {
        "oci" => TestImages.Single(),
        "docker" => TestImages.DockerSingle(),
        "many" => TestImages.MultiPlatform(),
        "list" => TestImages.DockerManifestList(),
        "unknown members" => TestImages.WithUnknownMembers(),
        "artifact" => TestImages.Referrer(TestImages.Single()),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };
}
