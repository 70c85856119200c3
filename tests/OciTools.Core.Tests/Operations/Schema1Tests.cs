using System.Text.Json.Nodes;
using OciTools.Layout;
using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.Registry;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

/// <summary>What can be done with images of Docker's schema 1.</summary>
public sealed class Schema1Tests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
    private readonly TemporaryDirectory _directory = new();
    private TestRegistry _from = null!;
    private TestRegistry _to = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string LayoutPath => _directory.Combine("layout");

    public async ValueTask InitializeAsync()
    {
        _from = await TestRegistry.StartAsync();
        _to = await TestRegistry.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _from.DisposeAsync();
        await _to.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_manifest_is_found_with_the_layers_that_hold_something(bool signed)
    {
        TestImage image = Schema1Images.Usual(signed).AddTo(_from, "old");

        OciManifest found = await FindAsync(From("old"));

        Assert.Equal(image.Root.Digest, found.Digest);
        Assert.Equal(image.Root.Digest, found.Reference.Digest);
        Assert.Equal(image.Root.MediaType, found.MediaType);
        Assert.Equal("linux/amd64", found.Platform!.ToString());
        Assert.Null(found.Config);
        Assert.Equal(
            [Schema1Images.Repeated.Gzip, Schema1Images.Between.Gzip, Schema1Images.Repeated.Gzip],
            found.Layers!.Select(layer => image[layer.Digest]));
        Assert.Equal(
            image.RootBytes.Length + (2 * Schema1Images.Repeated.Gzip.Length) + Schema1Images.Between.Gzip.Length,
            found.Size);
        Assert.Equal(found.Digest, (await FindAsync(found.Reference)).Digest);
    }

    [Fact]
    public async Task The_config_is_that_of_the_last_step_with_the_history_of_all()
    {
        Schema1Images.Usual().AddTo(_from, "old");

        OciConfig config = await new GetConfigOperation(_fixture.Session)
            .RunAsync(Request(From("old")), _fixture, Cancel).SingleAsync(Cancel);

        Assert.Equal(["PATH=/usr/bin"], config.Config.Env);
        Assert.Equal("linux/amd64", config.Platform!.ToString());
        Assert.Equal([false, true, false, false, true, true], config.Config.History.Select(step => step.EmptyLayer));
        Assert.Equal("/bin/sh -c rm /etc/motd", config.Config.History[2].CreatedBy);
        Assert.Empty(config.Config.DiffIds);
        Assert.Equal(Digest.Compute(config.Document.Bytes.Span), config.Digest);
        Assert.Equal("1.8.3", JsonNode.Parse(config.Document.Bytes.Span)!["docker_version"]!.GetValue<string>());
    }

    [Fact]
    public async Task Layers_stand_beside_their_steps_and_empty_ones_are_marked()
    {
        Schema1Images.Usual().AddTo(_from, "old");

        List<OciLayer> layers = await new GetLayerOperation(_fixture.Session)
            .RunAsync(Request(From("old")), _fixture, Cancel).ToListAsync(Cancel);

        Assert.Equal([1, 2, 3, 4, 5, 6], layers.Select(layer => layer.Number));
        Assert.Equal([false, true, false, false, true, true], layers.Select(layer => layer.IsEmpty));
        Assert.Equal(layers[0].Digest, layers[3].Digest);
        Assert.Equal(Schema1Images.Repeated.Gzip.Length, layers[3].Size);
        Assert.All(layers, layer => Assert.Null(layer.DiffId));
        Assert.Empty(_fixture.Messages(TransferEventKind.Warned));
    }

    [Fact]
    public async Task A_layer_that_is_empty_for_one_step_counts_for_another()
    {
        byte[] blob = Schema1Images.Repeated.Gzip;
        Schema1Images.Create(
            signed: true,
            new Schema1TestStep(blob, "ADD"),
            new Schema1TestStep(blob, "ENV") { IsThrowaway = true }).AddTo(_from, "old");

        OciManifest found = await FindAsync(From("old"));

        Assert.Single(found.Layers!);
    }

    [Fact]
    public async Task A_blob_that_is_missing_is_named()
    {
        TestImage image = Schema1Images.Usual().AddTo(_from, "old");
        var missing = Digest.Compute(Schema1Images.Between.Gzip);
        _from.RemoveBlob("old", missing);

        OciException exception = await Assert.ThrowsAnyAsync<OciException>(() => FindAsync(From("old")));

        Assert.Equal(OciErrorCode.BlobNotFound, exception.Code);
        Assert.Contains(missing.ToString(), exception.Message, StringComparison.Ordinal);
        RawDocument document = await _fixture.Open(_from.Host, "old").ResolveAsync(From("old"), Cancel);
        Assert.Equal(image.Root.Digest, document.Digest);
    }

    [Fact]
    public async Task A_registry_that_sends_another_image_than_was_asked_for_is_not_believed()
    {
        TestImage image = Schema1Images.Usual().AddTo(_from, "old");
        byte[] other =
            Schema1Images.Create(signed: true, new Schema1TestStep(Schema1Images.Between.Gzip, "ADD")).RootBytes;
        _from.Faults.Add(Fault.On("GET", "/manifests/").Status(
            200, System.Text.Encoding.UTF8.GetString(other), MediaTypes.DockerManifestSchema1Signed));

        OciException exception = await Assert.ThrowsAnyAsync<OciException>(
            () => FindAsync(From("old").WithDigest(image.Root.Digest)));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
    }

    [Theory]
    [InlineData(ExpandForm.Directory)]
    [InlineData(ExpandForm.Tar)]
    [InlineData(ExpandForm.Git)]
    public async Task It_is_unpacked_with_a_repeated_layer_applied_again(ExpandForm form)
    {
        if (form == ExpandForm.Git)
            Tool.Require("git");
        Schema1Images.Usual().AddTo(_from, "old");
        string target = _directory.Combine("target");

        OciExpandResult result = await new ExpandImageOperation(_fixture.Session).RunAsync(
            new ExpandImageRequest
            {
                Reference = From("old"), Form = form, Destination = target, Options = RegistryFixture.Options,
            },
            _fixture,
            Cancel);

        Assert.Equal(3, result.Layers);
        if (form == ExpandForm.Tar)
        {
            Directory.CreateDirectory(target + "d");
            await System.Formats.Tar.TarFile.ExtractToDirectoryAsync(target, target + "d", true, Cancel);
            target += "d";
        }
        else if (form == ExpandForm.Git)
        {
            Assert.Equal(3, result.Commits?.Count);
            await Tool.RunAsync("git", "clone", "-q", target, target + "d");
            target += "d";
        }

        Assert.Equal("VERSION=1\n", await File.ReadAllTextAsync(Path.Combine(target, "etc/release"), Cancel));
        Assert.Equal("hello\n", await File.ReadAllTextAsync(Path.Combine(target, "etc/motd"), Cancel));
        Assert.Equal("extra\n", await File.ReadAllTextAsync(Path.Combine(target, "etc/extra"), Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_goes_from_registry_to_layout_to_registry_byte_for_byte(bool signed)
    {
        TestImage image = Schema1Images.Usual(signed).AddTo(_from, "old", "v1");

        OciTransferResult saved = await CopyAsync(From("old", "v1"), Layout("v1"));

        Assert.Equal(image.Root.Digest, saved.Digest);
        string[] blobs = Directory.GetFiles(Path.Combine(LayoutPath, "blobs", "sha256"));
        Assert.Equal(image.Contents.Count, blobs.Length);
        Assert.All(blobs, blob => Assert.Equal(Path.GetFileName(blob), Digest.Compute(File.ReadAllBytes(blob)).Hex));
        JsonNode entry = Index()["manifests"]!.AsArray().Single()!;
        Assert.Equal(Digest.Compute(image.RootBytes).ToString(), entry["digest"]!.GetValue<string>());
        Assert.Equal(image.RootBytes.Length, entry["size"]!.GetValue<int>());
        Assert.Equal(
            signed ? image.Root.Digest.ToString() : null,
            entry["annotations"]!["vnd.ocitools.registry.digest"]?.GetValue<string>());

        OciManifest found = await FindAsync(Layout("v1"));
        Assert.Equal(image.Root.Digest, found.Digest);
        Assert.Equal(3, found.Layers!.Count);
        Assert.Equal(found.Digest, (await FindAsync(found.Reference)).Digest);
        Assert.Equal(found.Digest, (await FindAsync(Layout().WithDigest(Digest.Compute(image.RootBytes)))).Digest);

        OciTransferResult pushed = await CopyAsync(Layout("v1"), To("copy", "v2"));
        Assert.Equal(image.Root.Digest, pushed.Digest);
        Assert.Equal(image.RootBytes, _to.GetManifest("copy", image.Root.Digest.ToString())!.Value.Bytes);
        Assert.Equal(image.Root.MediaType, _to.GetManifest("copy", "v2")!.Value.MediaType);
        foreach (TestContent blob in image.Blobs)
            Assert.Equal(blob.Bytes, _to.GetBlob("copy", blob.Descriptor.Digest));
    }

    [Fact]
    public async Task Saving_again_changes_nothing_also_when_the_registry_signs_anew()
    {
        Schema1Images.Usual().AddTo(_from, "old");
        await CopyAsync(From("old"), Layout("latest"));
        byte[] index = await File.ReadAllBytesAsync(Path.Combine(LayoutPath, "index.json"), Cancel);
        TestImage again = Schema1Images.Usual().AddTo(_from, "old");

        OciTransferResult saved = await CopyAsync(From("old"), Layout("latest"));

        Assert.True(saved.IsUpToDate);
        Assert.Equal(index, await File.ReadAllBytesAsync(Path.Combine(LayoutPath, "index.json"), Cancel));
        Assert.False(File.Exists(Path.Combine(LayoutPath, "blobs", "sha256", Digest.Compute(again.RootBytes).Hex)));
    }

    [Fact]
    public async Task What_the_image_needs_stays_when_a_layout_is_cleaned_up()
    {
        TestImage image = Schema1Images.Usual().AddTo(_from, "old");
        await CopyAsync(From("old"), Layout("latest"));

        OciOptimizeResult result = await new OptimizeLayoutOperation().RunAsync(
            new OptimizeLayoutRequest { Path = LayoutPath, MinimumAge = TimeSpan.Zero }, _fixture, Cancel);

        Assert.Equal((0, image.Contents.Count), (result.BlobsRemoved, result.BlobsKept));
    }

    [Fact]
    public async Task A_layer_that_was_damaged_in_the_layout_is_written_again()
    {
        Schema1Images.Usual().AddTo(_from, "old");
        await CopyAsync(From("old"), Layout("latest"));
        string layer = Path.Combine(LayoutPath, "blobs", "sha256", Digest.Compute(Schema1Images.Between.Gzip).Hex);
        await File.WriteAllTextAsync(layer, "damaged", Cancel);

        OciTransferResult saved = await CopyAsync(From("old"), Layout("latest"));

        Assert.Equal(1, saved.ItemsTransferred);
        Assert.Equal(Schema1Images.Between.Gzip, await File.ReadAllBytesAsync(layer, Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_conversion_makes_an_oci_image_with_the_same_layers(bool signed)
    {
        TestImage image = Schema1Images.Usual(signed).AddTo(_from, "old");

        OciTransferResult copied = await CopyAsync(From("old"), To("new"), convert: true);

        (byte[] bytes, string mediaType, Digest digest) = _to.GetManifest("new", "latest")!.Value;
        Assert.Equal((copied.Digest, MediaTypes.OciManifest), (digest, mediaType));
        Assert.Equal(image.Root.Digest, copied.Source.Digest);
        Assert.Equal(["linux/amd64"], copied.Platforms.Select(platform => platform.ToString()));
        ImageManifest manifest = RawDocument.Create(bytes, mediaType).Manifest!;
        Assert.Equal(
            [Schema1Images.Repeated.Gzip, Schema1Images.Between.Gzip, Schema1Images.Repeated.Gzip],
            manifest.Layers.Select(layer => _to.GetBlob("new", layer.Digest)));
        Assert.All(manifest.Layers, layer => Assert.Equal(MediaTypes.OciLayerGzip, layer.MediaType));
        byte[] text = _to.GetBlob("new", manifest.Config.Digest)!;
        ImageConfig config = ImageConfig.Parse(RawDocument.Create(text, manifest.Config));
        Assert.Equal(
            [Schema1Images.Repeated.DiffId, Schema1Images.Between.DiffId, Schema1Images.Repeated.DiffId],
            config.DiffIds);
        Assert.Equal([false, true, false, false, true, true], config.History.Select(step => step.EmptyLayer));
        Assert.Equal(["/bin/sh"], config.Cmd);
        JsonObject json = JsonNode.Parse(text)!.AsObject();
        Assert.Equal("1.8.3", json["docker_version"]!.GetValue<string>());
        Assert.Equal("2015-10-31T22:22:50.123456789Z", json["history"]![0]!["created"]!.GetValue<string>());
        Assert.All(["id", "parent", "Size", "throwaway"], member => Assert.False(json.ContainsKey(member)));
        Assert.DoesNotContain(Digest.Compute(Schema1Images.EmptyLayer), _to.GetBlobs("new"));
    }

    [Fact]
    public async Task A_conversion_makes_the_same_bytes_wherever_it_is_made()
    {
        Schema1Images.Usual().AddTo(_from, "old");

        OciTransferResult[] results =
        [
            await CopyAsync(From("old"), To("new"), convert: true),
            await CopyAsync(From("old"), From("old", "new"), convert: true),
            await CopyAsync(From("old"), Layout("latest"), convert: true),
            await CopyAsync(Layout("latest"), To("third"), convert: true),
        ];
        await CopyAsync(From("old"), Layout("kept"));
        OciTransferResult late = await CopyAsync(Layout("kept"), To("late"), convert: true);

        Assert.Single(results.Append(late).Select(result => result.Digest).Distinct());
        Assert.Equal(2, Index()["manifests"]!.AsArray().Count);
        Assert.Equal(results[0].Digest, (await FindAsync(Layout("latest"))).Digest);
        Assert.True((await CopyAsync(From("old"), To("new"), convert: true)).IsUpToDate);
    }

    [Fact]
    public async Task A_list_of_images_of_schema_1_is_saved_whole_and_one_of_them_converted()
    {
        TestImage list = List(signed: false).AddTo(_from, "list");

        OciTransferResult saved = await CopyAsync(From("list"), Layout("latest"));
        OciTransferResult converted =
            await CopyAsync(From("list"), To("one"), convert: true, platform: TestImages.Amd64);

        Assert.Equal(list.Root.Digest, saved.Digest);
        string[] blobs = Directory.GetFiles(Path.Combine(LayoutPath, "blobs", "sha256"));
        Assert.Equal(
            list.Contents.Select(content => content.Descriptor.Digest.Hex).Order(),
            blobs.Select(Path.GetFileName).Order());
        Assert.Equal(MediaTypes.OciManifest, _to.GetManifest("one", "latest")!.Value.MediaType);
        Assert.Equal(["linux/amd64"], converted.Platforms.Select(platform => platform.ToString()));
        Assert.Equal(3, (await FindAsync(To("one"))).Layers!.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_list_is_converted_with_its_images_and_the_others_stay(bool signed)
    {
        TestImage list = List(signed).AddTo(_from, "list");
        TestImage sbom = TestImages.Artifact(subject: list.Contents.Single(c => c.Descriptor.Digest
            .Equals(list.Children[1])).Descriptor).AddTo(_from, "list", tag: null);

        OciTransferResult saved = await CopyAsync(From("list"), Layout("latest"), convert: true, withReferrers: true);
        OciTransferResult pushed = await CopyAsync(Layout("latest"), To("list"));

        Assert.Equal(list.Root.Digest, saved.Source.Digest);
        Assert.Equal(saved.Digest, pushed.Digest);
        Assert.Equal(["linux/amd64", "linux/arm64/v8"], saved.Platforms.Select(platform => platform.ToString()));
        (byte[] bytes, string mediaType, Digest digest) = _to.GetManifest("list", "latest")!.Value;
        Assert.Equal((MediaTypes.OciIndex, saved.Digest), (mediaType, digest));
        IReadOnlyList<Descriptor> entries = RawDocument.Create(bytes, mediaType).Index!.Manifests;
        await CopyAsync(From("list"), To("one"), convert: true, platform: TestImages.Amd64);
        Assert.Equal(
            [_to.GetManifest("one", "latest")!.Value.Digest, list.Children[1]], entries.Select(entry => entry.Digest));
        Assert.Equal(MediaTypes.OciManifest, entries[0].MediaType);
        Assert.Equal(["linux/amd64", "linux/arm64/v8"], entries.Select(entry => entry.Platform?.ToString()));
        Assert.Equal(3, (await FindAsync(To("list").WithDigest(entries[0].Digest))).Layers!.Count);
        Assert.NotNull((await FindAsync(Layout().WithDigest(sbom.Root.Digest))).Subject);
        Assert.Equal(2, Index()["manifests"]!.AsArray().Count);
        Assert.True((await CopyAsync(From("list"), Layout("latest"), convert: true)).IsUpToDate);
    }

    [Fact]
    public async Task Of_a_list_that_is_copied_in_part_only_that_is_converted()
    {
        TestImage other = Schema1Images
            .Create(signed: true, new Schema1TestStep(Schema1Images.Between.Gzip, "ADD")).For(TestImages.Arm64);
        TestImages.Index([Schema1Images.Usual(), other], MediaTypes.DockerManifestList).AddTo(_from, "list");

        await CopyAsync(
            From("list"), Layout("latest"), convert: true, platform: TestImages.Amd64, mode: IndexMode.Sparse);

        RawDocument index = await LayoutStore.Open(LayoutPath).ResolveAsync(Layout("latest"), Cancel);
        Assert.Equal(
            [MediaTypes.OciManifest, other.Root.MediaType], index.Index!.Manifests.Select(entry => entry.MediaType));
        Assert.Equal(other.Root.Digest, index.Index.Manifests[1].Digest);
    }

    [Fact]
    public async Task An_archive_takes_a_list_converted()
    {
        List(signed: true).AddTo(_from, "list");
        string path = _directory.Combine("list.tar");

        OciTransferResult exported =
            await CopyAsync(From("list"), ImageReference.Parse($"oci-archive:{path}"), convert: true);
        OciTransferResult imported = await CopyAsync(exported.Destination, To("list"));

        Assert.Equal(exported.Digest, imported.Digest);
        Assert.Equal(3, _to.GetManifests("list").Count);
    }

    [Fact]
    public async Task A_signed_image_in_an_index_cannot_be_kept_in_a_layout()
    {
        List(signed: true).AddTo(_from, "list");

        OciException exception =
            await Assert.ThrowsAnyAsync<OciException>(() => CopyAsync(From("list"), Layout("latest")));

        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
        Assert.Contains("-ConvertSchema1", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(LayoutPath, "index.json")));
        await CopyAsync(From("list"), To("list"));
    }

    [Fact]
    public async Task A_text_that_is_none_is_refused()
    {
        TestImage image = Schema1Images.Create(signed: false, new Schema1TestStep(Schema1Images.Between.Gzip, "ADD"));
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(image.RootBytes)
            .Replace("1.8.3", @"\\ud800", StringComparison.Ordinal));
        image.AddTo(_from, "old");
        _from.PutManifest("old", "latest", bytes, MediaTypes.DockerManifestSchema1);

        OciException exception =
            await Assert.ThrowsAnyAsync<OciException>(() => CopyAsync(From("old"), To("new"), convert: true));

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Contains("not valid Unicode", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_conversion_unpacks_to_the_same_files()
    {
        Schema1Images.Usual().AddTo(_from, "old");
        await CopyAsync(From("old"), To("new"), convert: true);
        var request = new CompareImageRequest
        {
            ReferenceImage = From("old"),
            DifferenceImage = To("new"),
            IncludeFiles = true,
            Options = RegistryFixture.Options,
        };

        List<OciImageDifference> differences = await new CompareImageOperation(_fixture.Session)
            .RunAsync(request, _fixture, Cancel).ToListAsync(Cancel);

        Assert.DoesNotContain(differences, difference => difference.Kind == OciDifferenceKind.File);
        Assert.DoesNotContain(differences, difference => difference.Kind == OciDifferenceKind.Layer);
        Assert.DoesNotContain(differences, difference => difference.Name.Contains("history"));
        Assert.DoesNotContain(differences, difference => difference.Name is "Env.PATH" or "Cmd" or "Labels.a");
    }

    [Fact]
    public async Task A_layer_that_is_not_packed_is_called_so()
    {
        byte[] tar = Schema1Images.Between.Tar;
        Schema1Images.Create(signed: true, new Schema1TestStep(tar, "ADD")).AddTo(_from, "old");

        await CopyAsync(From("old"), To("new"), convert: true);

        (byte[] bytes, string mediaType, _) = _to.GetManifest("new", "latest")!.Value;
        Assert.Equal(MediaTypes.OciLayer, RawDocument.Create(bytes, mediaType).Manifest!.Layers.Single().MediaType);
    }

    [Fact]
    public async Task Other_images_are_not_touched_by_the_wish_to_convert()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");

        OciTransferResult copied = await CopyAsync(From("app"), To("app"), convert: true);

        Assert.Equal(image.Root.Digest, copied.Digest);
    }

    [Fact]
    public async Task A_registry_that_refuses_schema_1_is_answered_with_the_advice_to_convert()
    {
        _to.Options.Schema1 = false;
        Schema1Images.Usual().AddTo(_from, "old");

        OciException exception = await Assert.ThrowsAnyAsync<OciException>(() => CopyAsync(From("old"), To("old")));

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Contains("-ConvertSchema1", exception.Message, StringComparison.Ordinal);
        await CopyAsync(From("old"), To("old"), convert: true);
    }

    [Fact]
    public async Task An_archive_takes_it_only_converted()
    {
        Schema1Images.Usual().AddTo(_from, "old");
        var request = new ExportArchiveRequest
        {
            Images = [new ArchiveImage(From("old"))],
            Path = _directory.Combine("old.tar"),
            SourceOptions = RegistryFixture.Options,
        };
        var operation = new ExportArchiveOperation(_fixture.Session);

        OciException exception =
            await Assert.ThrowsAnyAsync<OciException>(() => operation.RunAsync(request, _fixture, Cancel));
        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
        Assert.Contains("-ConvertSchema1", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_directory.Path));

        IReadOnlyList<OciTransferResult> exported =
            await operation.RunAsync(request with { ConvertSchema1 = true }, _fixture, Cancel);
        ImageReference archive = ImageReference.Parse($"oci-archive:{request.Path}");
        Assert.Equal(exported[0].Digest, (await FindAsync(archive)).Digest);
        Assert.Equal(3, (await FindAsync(ImageReference.Parse($"docker-archive:{request.Path}"))).Layers!.Count);
    }

    [Fact]
    public async Task Skopeo_converts_to_the_same_diff_ids_and_history()
    {
        Skopeo.Require();
        // Skopeo takes only the word of a step for an empty layer, so all of these say it.
        Schema1Images.Create(
            signed: true,
            new Schema1TestStep(Schema1Images.Repeated.Gzip, "/bin/sh -c #(nop) ADD file:1 in /"),
            new Schema1TestStep(Schema1Images.EmptyLayer, "/bin/sh -c #(nop) ENV A=1") { IsThrowaway = true },
            new Schema1TestStep(Schema1Images.Between.Gzip, "/bin/sh -c rm /etc/motd"),
            new Schema1TestStep(Schema1Images.Repeated.Gzip, "/bin/sh -c #(nop) ADD file:1 in /"),
            new Schema1TestStep(Schema1Images.EmptyLayer, "/bin/sh -c #(nop) CMD sh") { IsThrowaway = true })
            .AddTo(_from, "old");

        await CopyAsync(From("old"), To("new"), convert: true);
        await Skopeo.CopyAsync($"docker://{_from.Reference("old")}", $"oci:{LayoutPath}:theirs");

        (JsonObject mine, JsonObject theirs) = (await ConfigAsync(To("new")), await ConfigAsync(Layout("theirs")));
        Assert.True(JsonNode.DeepEquals(mine["rootfs"], theirs["rootfs"]), $"{mine}\n{theirs}");
        Assert.True(JsonNode.DeepEquals(mine["history"], theirs["history"]), $"{mine}\n{theirs}");
        Assert.True(JsonNode.DeepEquals(mine["config"], theirs["config"]), $"{mine}\n{theirs}");
        Assert.Equal(
            (await FindAsync(Layout("theirs"))).Layers!.Select(layer => layer.Digest),
            (await FindAsync(To("new"))).Layers!.Select(layer => layer.Digest));
    }

    private async Task<JsonObject> ConfigAsync(ImageReference reference)
    {
        OciConfig config = await new GetConfigOperation(_fixture.Session)
            .RunAsync(Request(reference), _fixture, Cancel).SingleAsync(Cancel);
        return JsonNode.Parse(config.Document.Bytes.Span)!.AsObject();
    }

    private async Task<OciManifest> FindAsync(ImageReference reference) =>
        await new GetManifestOperation(_fixture.Session)
            .RunAsync(Request(reference), _fixture, Cancel).SingleAsync(Cancel);

    private Task<OciTransferResult> CopyAsync(
        ImageReference source,
        ImageReference destination,
        bool convert = false,
        Platform? platform = null,
        IndexMode? mode = null,
        bool withReferrers = false) =>
        new CopyImageOperation(_fixture.Session).RunAsync(
            new CopyImageRequest
            {
                Source = source,
                Destination = destination,
                Platforms = platform is null ? [] : [platform],
                IndexMode = mode,
                IncludeReferrers = withReferrers,
                ConvertSchema1 = convert,
                SourceOptions = RegistryFixture.Options,
                DestinationOptions = RegistryFixture.Options,
            },
            _fixture,
            Cancel);

    /// <summary>A Docker manifest list of an image of schema 1 and another.</summary>
    private static TestImage List(bool signed) => TestImages.Index(
        [Schema1Images.Usual(signed), TestImages.DockerSingle(platform: TestImages.Arm64)],
        MediaTypes.DockerManifestList);

    private static GetManifestRequest Request(ImageReference reference) =>
        new() { Reference = reference, Options = RegistryFixture.Options };

    private JsonNode Index() => JsonNode.Parse(File.ReadAllBytes(Path.Combine(LayoutPath, "index.json")))!;

    private ImageReference From(string repository, string tag = "latest") =>
        ImageReference.Parse(_from.Reference(repository, tag));

    private ImageReference To(string repository, string tag = "latest") =>
        ImageReference.Parse(_to.Reference(repository, tag));

    private ImageReference Layout(string? tag = null) => ImageReference.ForLayout(LayoutPath, tag);
}
