using System.Text.Json.Nodes;
using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.Registry;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

public sealed class TestImageOperationTests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
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

        OciTestResult result = await TestOneAsync(isDocker ? place.WithoutName() : place);

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
    public async Task Of_several_images_those_for_other_platforms_are_left_out()
    {
        await SaveAsync(TestImages.MultiPlatform().AddTo(_registry, "app"), "v1");
        await SaveAsync(TestImages.Single(7).AddTo(_registry, "app"), "v2");

        List<OciTestResult> arm = await TestAsync(Layout(), r => r with { Platforms = [TestImages.Arm64] });
        List<OciTestResult> amd = await TestAsync(Layout(), r => r with { Platforms = [TestImages.Amd64] });

        Assert.Equal(["v1"], arm.Select(result => result.Reference.Tag));
        Assert.Equal(["v1", "v2"], amd.Select(result => result.Reference.Tag));
        foreach (ImageReference place in (ImageReference[])[Layout("v2"), At("app").WithTag("latest")])
        {
            Platform other = place.Tag == "v2" ? TestImages.Arm64 : Platform.Parse("linux/s390x");
            var exception = await Assert.ThrowsAsync<OciException>(
                () => TestAsync(place, r => r with { Platforms = [other] }));
            Assert.Equal(OciErrorCode.PlatformNotFound, exception.Code);
        }

        var none = await Assert.ThrowsAsync<OciException>(
            () => TestAsync(Layout(), r => r with { Platforms = [Platform.Parse("linux/s390x")] }));
        Assert.Equal(OciErrorCode.PlatformNotFound, none.Code);
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
        Assert.Equal(
            [image.Root.Digest, Layers(image)[0].Digest],
            result.Repaired.Select(finding => finding.Digest).Distinct());
        Assert.Equal(index, await File.ReadAllTextAsync(Path.Combine(Root, "index.json"), Cancellation));
    }

    [Fact]
    public async Task What_the_other_place_does_not_have_right_is_asked_for_once_and_the_rest_is_repaired()
    {
        TestImage image = TestImages.Single(3, layers: 5).AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Descriptor[] layers = Layers(image);
        foreach (Descriptor layer in layers)
            Delete(layer);
        _registry.RemoveBlob("app", layers[1].Digest);
        _registry.RemoveBlob("app", layers[2].Digest);
        _registry.Faults.Add(Fault.On("GET", $"/v2/app/blobs/{layers[3].Digest}").CorruptAt(3).Always());
        _registry.ClearRequests();

        OciTestResult result = await TestOneAsync(Layout("v1"), r => r with { RepairFrom = At("app") });

        Assert.Equal(
            layers[1..4].Select(layer => layer.Digest).ToHashSet(),
            result.Findings.Select(finding => finding.Digest).ToHashSet());
        Assert.Equal(
            new[] { layers[0].Digest, layers[4].Digest }.ToHashSet(),
            result.Repaired.Select(finding => finding.Digest).ToHashSet());
        Assert.Single(_registry.Requests, request => request.Path.EndsWith(layers[1].Digest.Hex));
        Assert.Single(_registry.Requests, request => request.Path.EndsWith(layers[2].Digest.Hex));
        Assert.DoesNotContain(_registry.Requests, request => request.Path.Contains("/manifests/"));
        string[] warnings = [.. _fixture.Messages(TransferEventKind.Warned)];
        Assert.Equal(3, warnings.Length);
        Assert.All(layers[1..4], layer =>
            Assert.Single(warnings, warning => warning.StartsWith($"{layer.Digest} could not be repaired.")));
    }

    [Fact]
    public async Task Platforms_that_were_left_out_stay_so_when_the_index_is_damaged()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Descriptor sparse = Children(image)[1];
        Delete(sparse);
        Damage(image.Root);

        OciTestResult result = await TestOneAsync(Layout("v1"), r => r with { RepairFrom = At("app") });

        Assert.Equal(OciTestFindingKind.Sparse, Assert.Single(result.Findings).Kind);
        Assert.Equal(image.Root.Digest, Assert.Single(result.Repaired).Digest);
        Assert.False(File.Exists(PathOf(sparse)));
    }

    [Fact]
    public async Task A_place_that_has_only_a_part_of_the_image_repairs_that()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        await CopyAsync(At("app").WithDigest(Children(image)[0].Digest), At("part"));
        Delete(Layers(image)[0]);

        OciTestResult result = await TestOneAsync(Layout("v1"), r => r with { RepairFrom = At("part") });

        Assert.Empty(result.Findings);
        Assert.NotEmpty(result.Repaired);
    }

    [Fact]
    public async Task The_repair_of_an_image_that_the_layout_does_not_list_does_not_list_it()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        await SaveAsync(image, "v1");
        Delete(Layers(image)[0]);
        string index = await File.ReadAllTextAsync(Path.Combine(Root, "index.json"), Cancellation);

        OciTestResult result = await TestOneAsync(
            Layout().WithDigest(Children(image)[0].Digest), r => r with { RepairFrom = At("app") });

        Assert.Equal(Layers(image)[0].Digest, Assert.Single(result.Repaired).Digest);
        Assert.Equal(index, await File.ReadAllTextAsync(Path.Combine(Root, "index.json"), Cancellation));
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_real_registry_that_lost_the_files_of_blobs_is_repaired(bool fromLayout)
    {
        await using RealRegistry real = await RealRegistry.StartAsync();
        (ImageReference place, TestImage image) = await PrepareAsync(real);
        Descriptor[] lost = [image.Blobs.First().Descriptor, Layers(image)[0], Layers(image)[1]];
        foreach (Descriptor blob in lost)
            File.Delete(real.BlobPath(blob.Digest));

        OciTestResult result =
            await TestOneAsync(place, r => r with { RepairFrom = fromLayout ? Layout() : At("app") });

        Assert.Empty(result.Findings);
        Assert.All(result.Repaired, finding => Assert.Equal(OciTestFindingKind.Missing, finding.Kind));
        Assert.Equal(
            lost.Select(blob => blob.Digest).ToHashSet(),
            result.Repaired.Select(finding => finding.Digest).ToHashSet());
        Assert.All(lost, blob => Assert.Equal(image[blob.Digest], File.ReadAllBytes(real.BlobPath(blob.Digest))));
    }

    [Fact]
    public async Task A_real_registry_whose_cache_does_not_know_what_was_lost_is_repaired()
    {
        await using RealRegistry real = await RealRegistry.StartAsync(cache: true);
        (ImageReference place, TestImage image) = await PrepareAsync(real);
        Descriptor[] lost = [image.Blobs.First().Descriptor, Layers(image)[0]];
        foreach (Descriptor blob in lost)
            File.Delete(real.BlobPath(blob.Digest));

        OciTestResult before = await TestOneAsync(place);
        OciTestResult result = await TestOneAsync(place, r => r with { RepairFrom = At("app") });

        Assert.All(before.Findings, finding => Assert.Equal(OciTestFindingKind.WrongSize, finding.Kind));
        Assert.Empty(result.Findings);
        Assert.Equal(
            lost.Select(blob => blob.Digest).ToHashSet(),
            result.Repaired.Select(finding => finding.Digest).ToHashSet());
        Assert.All(lost, blob => Assert.Equal(image[blob.Digest], File.ReadAllBytes(real.BlobPath(blob.Digest))));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_real_registry_that_keeps_its_wrong_bytes_is_told_of(bool cache, bool isCut)
    {
        await using RealRegistry real = await RealRegistry.StartAsync(cache: cache);
        (ImageReference place, TestImage image) = await PrepareAsync(real);
        Descriptor[] layers = Layers(image);
        byte[] bytes = image[layers[0].Digest];
        File.WriteAllBytes(
            real.BlobPath(layers[0].Digest), isCut ? bytes[..10] : [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]);
        File.Delete(real.BlobPath(layers[1].Digest));

        OciTestResult result = await TestOneAsync(place, r => r with { RepairFrom = Layout() });

        Assert.False(result.IsValid);
        Assert.All(result.Findings, finding => Assert.Equal(
            (isCut ? OciTestFindingKind.WrongSize : OciTestFindingKind.Corrupt, layers[0].Digest),
            (finding.Kind, finding.Digest)));
        Assert.All(result.Repaired, finding => Assert.Equal(layers[1].Digest, finding.Digest));
        Assert.NotEmpty(result.Repaired);
        Assert.Contains(
            "still does not have it right",
            Assert.Single(_fixture.Messages(TransferEventKind.Warned)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_real_registry_that_lost_a_manifest_is_repaired_when_its_platform_is_asked_for()
    {
        await using RealRegistry real = await RealRegistry.StartAsync();
        (ImageReference place, TestImage image) = await PrepareAsync(real);
        Descriptor manifest = Children(image)[0];
        File.Delete(real.BlobPath(manifest.Digest));

        OciTestResult all = await TestOneAsync(place, r => r with { RepairFrom = At("app") });
        OciTestResult one = await TestOneAsync(
            place, r => r with { RepairFrom = At("app"), Platforms = [manifest.Platform!] });

        Assert.Equal(OciTestFindingKind.Sparse, Assert.Single(all.Findings).Kind);
        Assert.Empty(one.Findings);
        Assert.Equal(manifest.Digest, Assert.Single(one.Repaired).Digest);
        Assert.Empty((await TestOneAsync(place)).Findings);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_of_schema_1_is_tested_wherever_it_is(bool signed)
    {
        TestImage image = Schema1Images.Usual(signed).AddTo(_registry, "app");
        await CopyAsync(At("app"), Layout("v1"));

        foreach (ImageReference place in (ImageReference[])[At("app"), Layout("v1")])
        {
            OciTestResult result = await TestOneAsync(place);

            Assert.Empty(result.Findings);
            Assert.Equal(image.Contents.Count, result.ItemsChecked);
            Assert.Equal(image.Root.Digest, result.Reference.Digest);
        }
    }

    [Fact]
    public async Task An_image_of_schema_1_that_was_converted_into_an_archive_has_diffIDs_to_test()
    {
        Schema1Images.Usual().AddTo(_registry, "app");
        var archive = ImageReference.Parse($"oci-archive:{_directory.Combine("app.tar")}:v1");
        await new CopyImageOperation(_fixture.Session).RunAsync(
            new() { Source = At("app"), Destination = archive, ConvertSchema1 = true }, null, Cancellation);

        OciTestResult result = await TestOneAsync(archive);

        Assert.Empty(result.Findings);
        // The manifest, the config, and the two layers that hold something.
        Assert.Equal(4, result.ItemsChecked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_of_schema_1_that_lost_layers_is_repaired(bool inRegistry)
    {
        TestImage image = Schema1Images.Usual().AddTo(_registry, "app");
        await CopyAsync(At("app"), Layout("v1"));
        Digest[] layers = [Digest.Compute(Schema1Images.Repeated.Gzip), Digest.Compute(Schema1Images.Between.Gzip)];
        string[] files = [.. layers.Select(layer => Path.Combine(Root, "blobs", "sha256", layer.Hex))];
        if (inRegistry)
        {
            foreach (Digest layer in layers)
                _registry.RemoveBlob("app", layer);
        }
        else
        {
            File.Delete(files[0]);
            File.WriteAllText(files[1], "damaged");
        }

        ImageReference place = inRegistry ? At("app") : Layout("v1");
        OciTestResult before = await TestOneAsync(place);
        OciTestResult after =
            await TestOneAsync(place, r => r with { RepairFrom = inRegistry ? Layout() : At("app") });

        OciTestFindingKind second = inRegistry ? OciTestFindingKind.Missing : OciTestFindingKind.Corrupt;
        Assert.Equal(
            [(OciTestFindingKind.Missing, layers[0]), (second, layers[1])],
            before.Findings.OrderBy(finding => Array.IndexOf(layers, finding.Digest))
                .Select(finding => (finding.Kind, finding.Digest)));
        Assert.All(before.Findings, finding => Assert.Equal(TestImages.Amd64, finding.Platform));
        Assert.Empty(after.Findings);
        Assert.Equal(layers.ToHashSet(), after.Repaired.Select(finding => finding.Digest).ToHashSet());
        Assert.Equal(
            (byte[][])[Schema1Images.Repeated.Gzip, Schema1Images.Between.Gzip], files.Select(File.ReadAllBytes));
    }

    [Fact]
    public async Task The_platform_of_an_image_of_schema_1_must_be_that_of_the_list()
    {
        TestImage image = Schema1Images.Usual(signed: false);
        TestImage list = TestImages.Index([image, TestImages.DockerSingle()], MediaTypes.DockerManifestList)
            .AddTo(_registry, "app");
        JsonObject json = list.Json;
        json["manifests"]![0]!["platform"]!["architecture"] = "arm64";
        _registry.PutManifest(
            "app", "latest", System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), MediaTypes.DockerManifestList);

        OciTestFinding finding = Assert.Single((await TestOneAsync(At("app"))).Findings);

        Assert.Equal((OciTestFindingKind.PlatformMismatch, image.Root.Digest), (finding.Kind, finding.Digest));
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

    /// <summary>Copies an image to a real registry and to the layout.</summary>
    private async Task<(ImageReference Place, TestImage Image)> PrepareAsync(RealRegistry real)
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        var place = ImageReference.Parse(real.Reference("app"));
        await CopyAsync(At("app"), place);
        await SaveAsync(image, "v1");
        return (place, image);
    }

    private ImageReference At(string repository) => ImageReference.Parse(_registry.Reference(repository));

    private ImageReference Layout(string? tag = null) => ImageReference.ForLayout(Root, tag);

    private Task SaveAsync(TestImage image, string tag) =>
        CopyAsync(At("app").WithDigest(image.Root.Digest), Layout(tag));

    private Task CopyAsync(ImageReference source, ImageReference destination) =>
        new CopyImageOperation(_fixture.Session)
            .RunAsync(new() { Source = source, Destination = destination }, null, Cancellation);

    private async Task<OciTestResult> TestOneAsync(
        ImageReference reference, Func<TestImageRequest, TestImageRequest>? edit = null) =>
        Assert.Single(await TestAsync(reference, edit));

    private async Task<List<OciTestResult>> TestAsync(
        ImageReference reference, Func<TestImageRequest, TestImageRequest>? edit = null)
    {
        var request = new TestImageRequest { Reference = reference, Options = RegistryFixture.Options };
        return await new TestImageOperation(_fixture.Session)
            .RunAsync(edit?.Invoke(request) ?? request, _fixture, Cancellation).ToListAsync(Cancellation);
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
