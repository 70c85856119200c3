using System.Text.Json.Nodes;
using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.Registry;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

public sealed class TestImageOperationTests : IAsyncLifetime
{
    private readonly OciSession _session = RegistryFixture.NewSession();
    private readonly TemporaryDirectory _directory = new();
    private TestRegistry _registry = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Root => _directory.Combine("layout");

    public async ValueTask InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("oci:")]
    [InlineData("oci-archive:")]
    [InlineData("docker-archive:")]
    public async Task A_sound_image_is_valid_wherever_it_is(string kind)
    {
        bool isDocker = kind == "docker-archive:";
        TestImage image = (isDocker ? TestImages.DockerSingle() : TestImages.MultiPlatform()).AddTo(_registry, "app");
        var place = ImageReference.Parse(
            kind.Length == 0 ? _registry.Reference("app") : $"{kind}{_directory.Combine("there")}:latest");
        if (kind.Length > 0)
            await CopyAsync(At("app"), place);

        OciTestResult result = await TestOneAsync(place);

        Assert.Empty(result.Findings);
        Assert.True(result.IsValid);
        Assert.Equal(image.Contents.Count, result.ItemsChecked);
        if (!isDocker)
            Assert.Equal(image.Contents.Sum(content => content.Descriptor.Size), result.BytesChecked);
    }

    [Fact]
    public async Task A_layout_without_a_name_stands_for_all_that_is_in_it()
    {
        await SaveAsync(TestImages.MultiPlatform().AddTo(_registry, "app"), "v1");
        await SaveAsync(TestImages.Single(7).AddTo(_registry, "app"), "v2");
        Delete(Layers(TestImages.Single(7))[0]);

        List<OciTestResult> results = await TestAsync(Layout());

        Assert.Equal(["v1", "v2"], results.Select(result => result.Reference.Tag));
        Assert.Equal([true, false], results.Select(result => result.IsValid));
    }

    [Fact]
    public async Task What_is_missing_damaged_or_cut_off_is_told_apart()
    {
        TestImage image = TestImages.Single(3, layers: 4).AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Descriptor[] layers = Layers(image);
        Delete(layers[0]);
        Damage(layers[1]);
        File.WriteAllBytes(PathOf(layers[2]), File.ReadAllBytes(PathOf(layers[2]))[..10]);

        OciTestResult result = await TestOneAsync(Layout("v1"));

        Assert.Equal(
            [
                (OciTestFindingKind.Missing, layers[0].Digest),
                (OciTestFindingKind.Corrupt, layers[1].Digest),
                (OciTestFindingKind.WrongSize, layers[2].Digest),
            ],
            result.Findings.Select(finding => (finding.Kind, finding.Digest)));
        Assert.All(result.Findings, finding => Assert.Equal(TestImages.Amd64, finding.Platform));
        Assert.All(result.Findings, finding => Assert.Equal(result.Reference, finding.Reference));
        Assert.False(result.IsValid);
    }

    [Fact]
    public async Task A_platform_that_is_absent_makes_an_index_sparse_unless_it_was_asked_for()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Descriptor absent = Children(image)[1];
        Delete(absent);

        OciTestResult all = await TestOneAsync(Layout("v1"));
        OciTestResult one = await TestOneAsync(Layout("v1"), r => r with { Platforms = [TestImages.Arm64] });
        OciTestResult other = await TestOneAsync(Layout("v1"), r => r with { Platforms = [TestImages.Amd64] });

        OciTestFinding finding = Assert.Single(all.Findings);
        Assert.Equal((OciTestFindingKind.Sparse, absent.Digest), (finding.Kind, finding.Digest));
        Assert.False(finding.IsError);
        Assert.True(all.IsValid);
        Assert.Equal(OciTestFindingKind.Missing, Assert.Single(one.Findings).Kind);
        Assert.Empty(other.Findings);
    }

    [Fact]
    public async Task An_index_of_which_nothing_is_there_is_not_sparse()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        foreach (Descriptor child in Children(image))
            Delete(child);

        OciTestResult result = await TestOneAsync(Layout("v1"));

        Assert.Equal(5, result.Findings.Count);
        Assert.All(result.Findings, finding => Assert.Equal(OciTestFindingKind.Missing, finding.Kind));
    }

    [Fact]
    public async Task An_index_that_lists_one_absent_image_twice_is_not_sparse()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        JsonNode index = JsonNode.Parse(image.RootBytes)!;
        JsonNode entry = index["manifests"]![0]!;
        index["manifests"] = new JsonArray(entry.DeepClone(), entry.DeepClone());
        _registry.PutManifest(
            "app", "twice", System.Text.Encoding.UTF8.GetBytes(index.ToJsonString()), MediaTypes.OciIndex);
        await CopyAsync(At("app").WithTag("twice"), Layout("v1"));
        Delete(Children(image)[0]);

        OciTestResult result = await TestOneAsync(Layout("v1"));

        Assert.Equal(OciTestFindingKind.Missing, Assert.Single(result.Findings).Kind);
    }

    [Fact]
    public async Task A_layer_that_does_not_unpack_to_its_diffID_is_told()
    {
        using var image = new LayeredImage([new byte[10240], new byte[10240 * 2]], config =>
        {
            config["rootfs"]!["diff_ids"]![1] = $"{Digest.Compute("other"u8)}";
            return config;
        });

        OciTestResult result = await TestOneAsync(image.Reference);

        OciTestFinding finding = Assert.Single(result.Findings);
        Assert.Equal((OciTestFindingKind.DiffIdMismatch, image.Layers[1]), (finding.Kind, finding.Digest));
        Assert.Contains(image.DiffIds[1].ToString(), finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rootfs", "diffIDs")]
    [InlineData("history", "history")]
    public async Task Another_number_of_layers_than_config_or_history_tells_is_told(string member, string word)
    {
        using var image = new LayeredImage([new byte[10240]], config =>
        {
            JsonArray list = (member == "rootfs" ? config["rootfs"]!["diff_ids"]! : config["history"]!).AsArray();
            list.Add(list[0]!.DeepClone());
            return config;
        });

        OciTestFinding finding = Assert.Single((await TestOneAsync(image.Reference)).Findings);

        Assert.Equal(OciTestFindingKind.LayerMismatch, finding.Kind);
        Assert.Contains(word, finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("linux", "amd64", null, null)]
    [InlineData("linux", "arm64", "v8", OciTestFindingKind.PlatformMismatch)]
    [InlineData("windows", "amd64", null, OciTestFindingKind.PlatformMismatch)]
    public async Task The_platform_of_the_index_must_be_that_of_the_config(
        string os, string architecture, string? variant, OciTestFindingKind? expected)
    {
        using var image = new LayeredImage([new byte[10240]]);
        string path = Path.Combine(image.Reference.Path!, "index.json");
        JsonNode index = JsonNode.Parse(await File.ReadAllTextAsync(path, Cancellation))!;
        index["manifests"]![0]!["platform"] =
            new JsonObject { ["os"] = os, ["architecture"] = architecture, ["variant"] = variant };
        await File.WriteAllTextAsync(path, index.ToJsonString(), Cancellation);

        OciTestResult result = await TestOneAsync(image.Reference);

        Assert.Equal(expected, result.Findings.SingleOrDefault()?.Kind);
    }

    [Fact]
    public async Task A_config_that_cannot_be_understood_is_invalid()
    {
        using var image = new LayeredImage([new byte[10240]], config =>
        {
            config["rootfs"] = "none";
            return config;
        });

        Assert.Equal(OciTestFindingKind.Invalid, Assert.Single((await TestOneAsync(image.Reference)).Findings).Kind);
    }

    [Fact]
    public async Task Artifacts_are_valid_without_layers_that_unpack()
    {
        TestImages.Artifact().AddTo(_registry, "thing");

        Assert.Empty((await TestOneAsync(At("thing"))).Findings);
    }

    [Fact]
    public async Task A_layer_that_is_kept_elsewhere_is_no_fault()
    {
        (TestImage image, _) = TestImages.WithForeignLayer(new Uri("http://127.0.0.1:1/layer"));
        image.AddTo(_registry, "app");
        await SaveAsync(image, "v1");

        OciTestResult result = await TestOneAsync(Layout("v1"));

        Assert.Equal(OciTestFindingKind.External, Assert.Single(result.Findings).Kind);
        Assert.True(result.IsValid);
    }

    [Fact]
    public async Task Blobs_that_nothing_refers_to_are_told_for_the_layout_as_a_whole()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        var orphan = Digest.Compute("orphan"u8);
        await File.WriteAllTextAsync(
            Path.Combine(Root, "blobs", "sha256", orphan.Hex), "orphan", Cancellation);

        List<OciTestResult> results = await TestAsync(Layout());

        Assert.Equal(2, results.Count);
        OciTestFinding finding = Assert.Single(results[1].Findings);
        Assert.Equal((OciTestFindingKind.Orphaned, orphan), (finding.Kind, finding.Digest));
        Assert.Equal(6, finding.Descriptor.Size);
        Assert.True(results[1].IsValid);
        Assert.Null(results[1].Reference.Tag);
        Assert.Single(await TestAsync(Layout("v1")));
    }

    [Fact]
    public async Task A_registry_is_asked_anew_whatever_the_session_has_read()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        Assert.True((await TestOneAsync(At("app"))).IsValid);
        Descriptor config = image.Blobs.First(blob => MediaTypes.IsConfig(blob.Descriptor.MediaType)).Descriptor;
        Descriptor layer = Layers(image)[0];
        _registry.RemoveBlob("app", config.Digest);
        _registry.Faults.Add(Fault.On("GET", $"/v2/app/blobs/{layer.Digest}").CorruptAt(3).Always());

        OciTestResult result = await TestOneAsync(At("app"));

        Assert.Contains((OciTestFindingKind.Missing, config.Digest), result.Findings.Select(f => (f.Kind, f.Digest)));
        Assert.Contains((OciTestFindingKind.Corrupt, layer.Digest), result.Findings.Select(f => (f.Kind, f.Digest)));
    }

    [Fact]
    public async Task An_image_that_is_not_there_is_an_error()
    {
        await SaveAsync(TestImages.Single().AddTo(_registry, "app"), "v1");

        foreach (ImageReference reference in (ImageReference[])[Layout("v2"), At("app").WithTag("none")])
        {
            var exception = await Assert.ThrowsAnyAsync<OciException>(() => TestAsync(reference));
            Assert.Equal(OciErrorCode.ManifestNotFound, exception.Code);
        }
    }

    [Fact]
    public async Task A_repair_fetches_what_is_missing_or_broken_and_nothing_else()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Descriptor[] layers = Layers(image);
        Descriptor sparse = Children(image)[3];
        Delete(sparse);
        Delete(layers[0]);
        Damage(layers[1]);
        Damage(Children(image)[2]);
        _registry.ClearRequests();

        OciTestResult result =
            await TestOneAsync(Layout("v1"), r => r with { RepairFrom = At("app") });

        Assert.Equal([OciTestFindingKind.Sparse], result.Findings.Select(finding => finding.Kind));
        Assert.Equal(
            new[] { layers[0], layers[1], Children(image)[2] }.Select(descriptor => descriptor.Digest).ToHashSet(),
            result.Repaired.Select(finding => finding.Digest).ToHashSet());
        Assert.Equal(3, _registry.Requests.Count(request => request.Method == "GET"));
        Assert.True((await TestAsync(Layout("v1")))[0].IsValid);
        Assert.False(File.Exists(PathOf(sparse)));
    }

    [Fact]
    public async Task A_layout_that_lost_its_root_document_is_repaired()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Delete(image.Root);
        Delete(Layers(image)[0]);
        string index = await File.ReadAllTextAsync(Path.Combine(Root, "index.json"), Cancellation);

        OciTestResult result = await TestOneAsync(Layout("v1"), r => r with { RepairFrom = At("app") });

        Assert.Empty(result.Findings);
        Assert.Equal(OciTestFindingKind.Missing, Assert.Single(result.Repaired).Kind);
        Assert.Equal(index, await File.ReadAllTextAsync(Path.Combine(Root, "index.json"), Cancellation));
    }

    [Fact]
    public async Task What_the_other_place_does_not_have_stays_broken_and_the_rest_is_repaired()
    {
        TestImage image = TestImages.Single(3, layers: 4).AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Descriptor[] layers = Layers(image);
        foreach (Descriptor layer in layers)
            Delete(layer);
        _registry.RemoveBlob("app", layers[2].Digest);

        OciTestResult result = await TestOneAsync(Layout("v1"), r => r with { RepairFrom = At("app") });

        Assert.Equal(layers[2].Digest, Assert.Single(result.Findings).Digest);
        Assert.Equal(3, result.Repaired.Count);
    }

    [Fact]
    public async Task An_image_that_the_other_place_does_not_have_leaves_the_others_to_be_repaired()
    {
        TestImage unknown = TestImages.Single(3).AddTo(_registry, "app");
        TestImage known = TestImages.Single(7).AddTo(_registry, "app").AddTo(_registry, "other");
        await SaveAsync(unknown, "v1");
        await SaveAsync(known, "v2");
        Delete(Layers(unknown)[0]);
        Delete(Layers(known)[0]);

        List<OciTestResult> results = await TestAsync(Layout(), r => r with { RepairFrom = At("other") });

        Assert.Equal([false, true], results.Select(result => result.IsValid));
        Assert.Equal(Layers(known)[0].Digest, Assert.Single(results[1].Repaired).Digest);
    }

    [Fact]
    public async Task A_registry_is_repaired_from_a_layout()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Descriptor layer = Layers(image)[0];
        _registry.RemoveBlob("app", layer.Digest);

        OciTestResult result = await TestOneAsync(At("app"), r => r with { RepairFrom = Layout() });

        Assert.Empty(result.Findings);
        Assert.NotEmpty(result.Repaired);
        Assert.Equal(await File.ReadAllBytesAsync(PathOf(layer), Cancellation), _registry.GetBlob("app", layer.Digest));
    }

    [Fact]
    public async Task A_real_registry_is_repaired_after_it_lost_a_manifest_of_an_index()
    {
        await using RealRegistry real = await RealRegistry.StartAsync();
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        var place = ImageReference.Parse($"{real.Host}/app:v1");
        await CopyAsync(At("app"), place);

        OciTestResult result = await TestOneAsync(place, r => r with { RepairFrom = At("app") });

        Assert.True(result.IsValid);
        Assert.Empty(result.Repaired);
        Assert.Equal(image.Contents.Count, result.ItemsChecked);
    }

    [Fact]
    public async Task An_archive_cannot_be_repaired()
    {
        TestImages.Single().AddTo(_registry, "app");
        var archive = ImageReference.Parse($"oci-archive:{_directory.Combine("app.tar")}:v1");
        await CopyAsync(At("app"), archive);

        var exception = await Assert.ThrowsAsync<OciException>(
            () => TestAsync(archive, r => r with { RepairFrom = At("app") }));

        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
    }

    [Fact]
    public async Task Layouts_of_skopeo_and_umoci_are_valid()
    {
        Skopeo.Require();
        Umoci.Require();
        TestImages.MultiPlatform().AddTo(_registry, "app");
        await Skopeo.CopyAsync($"docker://{_registry.Reference("app")}", $"oci:{Root}:v1", "--all");
        string other = _directory.Combine("other");
        await Umoci.RunAsync("init", "--layout", other);
        await Umoci.RunAsync("new", "--image", $"{other}:v1");

        Assert.All(
            [.. await TestAsync(Layout()), .. await TestAsync(ImageReference.ForLayout(other))],
            result => Assert.Empty(result.Findings));
    }

    private ImageReference At(string repository) => ImageReference.Parse(_registry.Reference(repository));

    private ImageReference Layout(string? tag = null) => ImageReference.ForLayout(Root, tag);

    private Task SaveAsync(TestImage image, string tag) =>
        CopyAsync(At("app").WithDigest(image.Root.Digest), Layout(tag));

    private Task CopyAsync(ImageReference source, ImageReference destination) => new CopyImageOperation(_session)
        .RunAsync(new() { Source = source, Destination = destination }, null, Cancellation);

    private async Task<OciTestResult> TestOneAsync(
        ImageReference reference, Func<TestImageRequest, TestImageRequest>? edit = null) =>
        Assert.Single(await TestAsync(reference, edit));

    private async Task<List<OciTestResult>> TestAsync(
        ImageReference reference, Func<TestImageRequest, TestImageRequest>? edit = null)
    {
        var request = new TestImageRequest { Reference = reference, Options = RegistryFixture.Options };
        return await new TestImageOperation(_session)
            .RunAsync(edit?.Invoke(request) ?? request, null, Cancellation).ToListAsync(Cancellation);
    }

    private static Descriptor[] Children(TestImage image) =>
        [.. RawDocument.Create(image.RootBytes, image.Root).Children];

    private static Descriptor[] Layers(TestImage image) =>
        [.. image.Blobs.Select(blob => blob.Descriptor)
            .Where(blob => blob.MediaType.Contains("tar", StringComparison.Ordinal))];

    private string PathOf(Descriptor descriptor) => Path.Combine(Root, "blobs", "sha256", descriptor.Digest.Hex);

    private void Delete(Descriptor descriptor) => File.Delete(PathOf(descriptor));

    private void Damage(Descriptor descriptor)
    {
        byte[] bytes = File.ReadAllBytes(PathOf(descriptor));
        bytes[^1] ^= 1;
        File.WriteAllBytes(PathOf(descriptor), bytes);
    }
}
