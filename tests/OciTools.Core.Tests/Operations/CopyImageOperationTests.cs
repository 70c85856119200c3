using OciTools.Http;
using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

public sealed class CopyImageOperationTests : IAsyncLifetime
{
    private readonly OciSession _session = new(new HttpClientSource());
    private readonly TemporaryDirectory _directory = new();
    private TestRegistry _from = null!;
    private TestRegistry _to = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

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

    [Fact]
    public async Task Find_filter_save_gives_a_layout_with_exactly_that_platform()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");
        OciManifest arm64 = await FindAsync("app", "linux/arm64/v8");

        OciTransferResult saved =
            await CopyAsync(arm64.Reference, Layout("app"), r => r with { Descriptor = arm64.Descriptor });

        Assert.Equal(arm64.Digest, saved.Digest);
        Assert.Equal([TestImages.Arm64], saved.Platforms);
        string[] blobs = Directory.GetFiles(Path.Combine(_directory.Path, "app", "blobs", "sha256"));
        RawDocument manifest = RawDocument.Create(image[arm64.Digest], arm64.Descriptor);
        Assert.Equal(manifest.Children.Select(c => c.Digest.Hex).Append(arm64.Digest.Hex).Order(), blobs.Select(Path.GetFileName).Order());
        Assert.All(blobs, blob => Assert.Equal(Path.GetFileName(blob), Digest.Compute(File.ReadAllBytes(blob)).Hex));
        Assert.Equal(saved.BytesTransferred, blobs.Sum(blob => new FileInfo(blob).Length));
    }

    [Fact]
    public async Task A_whole_image_goes_from_registry_to_layout_to_registry_byte_for_byte()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app", "v1");

        await CopyAsync(From("app", "v1"), Layout("app", "v1"));
        OciTransferResult pushed = await CopyAsync(Layout("app", "v1"), To("copy", "v2"));

        Assert.Equal(image.Root.Digest, pushed.Digest);
        Assert.Equal(image.RootBytes, _to.GetManifest("copy", "v2")!.Value.Bytes);
        foreach (TestContent blob in image.Blobs)
            Assert.Equal(blob.Bytes, _to.GetBlob("copy", blob.Descriptor.Digest));
    }

    [Fact]
    public async Task Unknown_members_odd_white_space_and_nested_indexes_pass_untouched()
    {
        TestImage odd = TestImages.WithUnknownMembers().AddTo(_from, "odd");
        TestImage nested = TestImages.NestedIndex().AddTo(_from, "nested");

        await CopyAsync(From("odd"), To("odd"));
        await CopyAsync(From("nested"), To("nested"));

        Assert.Equal(odd.RootBytes, _to.GetManifest("odd", "latest")!.Value.Bytes);
        foreach (TestContent document in nested.Documents)
            Assert.Equal(document.Bytes, _to.GetManifest("nested", document.Descriptor.Digest.ToString())!.Value.Bytes);
    }

    [Fact]
    public async Task A_pull_asks_for_each_content_once_and_for_nothing_else()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");

        await CopyAsync(From("app"), Layout("app"));

        Assert.Equal(image.Contents.Count, _from.Requests.Count);
        Assert.All(_from.Requests, request => Assert.Equal("GET", request.Method));
    }

    [Fact]
    public async Task When_nothing_changed_two_small_requests_tell_so()
    {
        TestImages.MultiPlatform().AddTo(_from, "app");
        await CopyAsync(From("app"), To("app"));
        _from.ClearRequests();
        _to.ClearRequests();

        OciTransferResult again = await CopyAsync(From("app"), To("app"));

        Assert.True(again.IsUpToDate);
        Assert.Equal(0, again.BytesTransferred);
        Assert.Equal(["HEAD", "HEAD"], [.. _from.Requests.Select(r => r.Method), .. _to.Requests.Select(r => r.Method)]);
    }

    [Fact]
    public async Task When_a_layout_has_it_all_one_request_tells_so()
    {
        TestImages.MultiPlatform().AddTo(_from, "app");
        await CopyAsync(From("app"), Layout("app"));
        _from.ClearRequests();

        OciTransferResult again = await CopyAsync(From("app"), Layout("app"));

        Assert.True(again.IsUpToDate);
        Assert.Equal("HEAD", Assert.Single(_from.Requests).Method);
    }

    [Fact]
    public async Task Another_repository_of_the_same_registry_mounts_the_blobs()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");

        OciTransferResult copied = await CopyAsync(From("app"), ImageReference.Parse(_from.Reference("other")));

        Assert.Equal(image.Blobs.Count(), copied.ItemsMounted);
        Assert.DoesNotContain(_from.Requests, r => r.Method == "GET" && r.Path.Contains("/blobs/", StringComparison.Ordinal));
        Assert.Equal(image.RootBytes, _from.GetManifest("other", "latest")!.Value.Bytes);
    }

    [Fact]
    public async Task A_new_tag_in_the_same_repository_moves_only_the_manifest()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app", "v1");

        await CopyAsync(From("app", "v1"), From("app", "v2"));

        Assert.Equal(image.RootBytes, _from.GetManifest("app", "v2")!.Value.Bytes);
        Assert.DoesNotContain(_from.Requests, r => r.Path.Contains("/blobs/", StringComparison.Ordinal));
        Assert.Single(_from.Requests, r => r.Method == "PUT");
    }

    [Fact]
    public async Task Sparse_keeps_the_index_and_brings_only_the_named_platforms()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");

        OciTransferResult saved = await CopyAsync(From("app"), Layout("app"), r => r with
        {
            Platforms = [TestImages.Amd64, TestImages.Arm64],
            IndexMode = IndexMode.Sparse,
        });

        Assert.Equal(image.Root.Digest, saved.Digest);
        Assert.True(HasBlob(image.Root.Digest));
        Assert.True(HasBlob((await FindAsync("app", "linux/arm64/v8")).Digest));
        Assert.False(HasBlob((await FindAsync("app", "linux/arm/v7")).Digest));
    }

    [Fact]
    public async Task Rewrite_makes_an_index_of_the_named_platforms_that_a_registry_takes()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");

        OciTransferResult copied = await CopyAsync(From("app"), To("app"), r => r with
        {
            Platforms = [TestImages.Amd64, TestImages.Arm64],
            IndexMode = IndexMode.Rewrite,
        });

        Assert.NotEqual(image.Root.Digest, copied.Digest);
        Assert.Equal(image.Root.Digest, copied.Source.Digest);
        ImageIndex index =
            RawDocument.Create(_to.GetManifest("app", "latest")!.Value.Bytes, MediaTypes.OciIndex).Index!;
        Assert.Equal(
            [TestImages.Amd64, TestImages.Arm64],
            index.Manifests.Where(entry => !entry.IsAttestation).Select(entry => entry.Platform!));
    }

    [Fact]
    public async Task Preserve_copies_the_whole_index_and_demands_the_named_platforms()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");
        CopyImageRequest Preserve(CopyImageRequest r, string platform) =>
            r with { Platforms = [Platform.Parse(platform)], IndexMode = IndexMode.Preserve };

        OciTransferResult copied = await CopyAsync(From("app"), To("app"), r => Preserve(r, "linux/amd64"));
        OciException missing = await Assert.ThrowsAsync<OciException>(
            () => CopyAsync(From("app"), To("none"), r => Preserve(r, "linux/s390x")));

        Assert.Equal(image.Root.Digest, copied.Digest);
        Assert.Equal(image.Documents.Count(), _to.GetManifests("app").Count);
        Assert.Equal(OciErrorCode.PlatformNotFound, missing.Code);
        Assert.Contains("linux/arm64/v8", missing.Message, StringComparison.Ordinal);
        Assert.Empty(_to.GetManifests("none"));
    }

    [Fact]
    public async Task Several_platforms_without_an_index_mode_are_a_mistake_of_the_caller()
    {
        TestImages.MultiPlatform().AddTo(_from, "app");

        await Assert.ThrowsAsync<ArgumentException>(() => CopyAsync(
            From("app"), To("app"), r => r with { Platforms = [TestImages.Amd64, TestImages.Arm64] }));

        Assert.Empty(_to.Requests);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Referrers_come_along_whether_a_side_has_the_api_or_the_fallback_tag(bool fromApi, bool toApi)
    {
        TestImage image = TestImages.Single().AddTo(_from, "app");
        TestImage sbom = TestImages.Referrer(image, 2);
        TestImage signature = TestImages.Referrer(sbom, 3, "application/vnd.example.signature");
        _from.Options.Referrers = fromApi;
        _to.Options.Referrers = toApi;
        ImageReference untagged = From("app").WithoutName();
        await CopyAsync(LayoutOf(sbom), untagged);
        await CopyAsync(LayoutOf(signature), untagged);

        await CopyAsync(From("app"), To("copy"), r => r with { IncludeReferrers = true });

        Assert.NotNull(_to.GetManifest("copy", sbom.Root.Digest.ToString()));
        Assert.NotNull(_to.GetManifest("copy", signature.Root.Digest.ToString()));
        IContentSource copy = _session.OpenSource(To("copy"));
        Descriptor listed = Assert.Single(await copy.ListReferrersAsync(image.Root.Digest, Cancellation));
        Assert.Equal(sbom.Root.Digest, listed.Digest);
        Assert.Equal("application/vnd.example.sbom", listed.ArtifactType);
        Assert.Equal("2", listed.Annotations["org.example.seed"]);
    }

    [Fact]
    public async Task Digest_tags_come_along_when_asked_for()
    {
        TestImage image = TestImages.Single().AddTo(_from, "app");
        string tag = $"sha256-{image.Root.Digest.Hex}.sig";
        TestImage signature = TestImages.Artifact(5).AddTo(_from, "app", tag);
        TestImages.Artifact(6).AddTo(_from, "app", $"sha256-{new string('0', 64)}.sig");

        await CopyAsync(From("app"), To("app"), r => r with { IncludeDigestTag = true });

        Assert.Equal(["latest", tag], _to.GetTags("app"));
        Assert.Equal(signature.RootBytes, _to.GetManifest("app", tag)!.Value.Bytes);
    }

    [Fact]
    public async Task External_layers_stay_where_they_are_unless_asked_for()
    {
        (TestImage image, TestContent foreign) = TestImages.WithForeignLayer(new Uri("https://far.example/layer"));
        image.AddTo(_from, "app");

        await CopyAsync(From("app"), Layout("app"));

        Assert.True(HasBlob(image.Root.Digest));
        Assert.False(HasBlob(foreign.Descriptor.Digest));
    }

    [Fact]
    public async Task Force_repairs_a_layout_whose_blob_was_damaged()
    {
        TestImage image = TestImages.Single().AddTo(_from, "app");
        await CopyAsync(From("app"), Layout("app"));
        TestContent layer = image.Blobs.Last();
        string path = BlobPath(layer.Descriptor.Digest);
        DateTime written = File.GetLastWriteTimeUtc(path);
        byte[] damaged = [.. layer.Bytes];
        damaged[^1] ^= 1;
        File.WriteAllBytes(path, damaged);
        File.SetLastWriteTimeUtc(path, written);

        OciTransferResult repaired = await CopyAsync(From("app"), Layout("app"), r => r with { Force = true });

        Assert.Equal(1, repaired.ItemsTransferred);
        Assert.Equal(layer.Bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task One_layout_holds_the_same_tag_of_several_repositories()
    {
        TestImage first = TestImages.Single(1).AddTo(_from, "team/first");
        TestImage second = TestImages.Single(2).AddTo(_from, "team/second");

        await CopyAsync(From("team/first"), Layout("app"));
        await CopyAsync(From("team/second"), Layout("app"));
        await CopyAsync(From("team/first"), Layout("app"));

        Assert.Equal(first.Root.Digest, (await FindInLayoutAsync($"{_from.Host}/team/first:latest"))?.Digest);
        Assert.Equal(second.Root.Digest, (await FindInLayoutAsync($"{_from.Host}/team/second"))?.Digest);
        OciException ambiguous =
            await Assert.ThrowsAsync<OciException>(() => CopyAsync(Layout("app", "latest"), To("x")));
        Assert.Equal(OciErrorCode.ManifestNotFound, ambiguous.Code);
        Assert.Contains($"{_from.Host}/team/second:latest", ambiguous.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Platforms_saved_one_by_one_are_one_image_again_when_pushed()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app");
        foreach (string platform in (string[])["linux/amd64", "linux/arm64/v8"])
        {
            OciManifest found = await FindAsync("app", platform);
            await CopyAsync(found.Reference, Layout("app"), r => r with { Descriptor = found.Descriptor });
        }

        await CopyAsync(Layout("app", "latest"), To("app"));

        ImageIndex pushed =
            RawDocument.Create(_to.GetManifest("app", "latest")!.Value.Bytes, MediaTypes.OciIndex).Index!;
        Assert.Equal([TestImages.Amd64, TestImages.Arm64], pushed.Manifests.Select(entry => entry.Platform!));
        Assert.All(pushed.Manifests, entry => Assert.Empty(entry.Annotations));
        Assert.All(pushed.Manifests, entry => Assert.Contains(entry.Digest, image.Children));
    }

    [Fact]
    public async Task A_failing_blob_leaves_no_name_and_nothing_that_looks_whole()
    {
        TestImage image = TestImages.Single().AddTo(_from, "app");
        _from.RemoveBlob("app", image.Blobs.Last().Descriptor.Digest);

        OciException failed = await Assert.ThrowsAnyAsync<OciException>(() => CopyAsync(From("app"), Layout("app")));

        Assert.Equal(OciErrorCode.BlobNotFound, failed.Code);
        Assert.False(HasBlob(image.Root.Digest));
        OciException absent =
            await Assert.ThrowsAsync<OciException>(() => CopyAsync(Layout("app", "latest"), To("app")));
        Assert.True(absent.Code is OciErrorCode.ManifestNotFound or OciErrorCode.LayoutNotFound);
    }

    [Fact]
    public async Task Skopeo_reads_the_layout_and_its_layout_is_read()
    {
        Skopeo.Require();
        TestImage image = TestImages.MultiPlatform().AddTo(_from, "app", "v1");
        string layout = Path.Combine(_directory.Path, "ours");
        await CopyAsync(From("app", "v1"), ImageReference.ForLayout(layout, "v1"));

        string theirs = Path.Combine(_directory.Path, "theirs");
        await Skopeo.CopyAsync($"oci:{layout}:v1", $"oci:{theirs}:v2", "--all");
        await CopyAsync(ImageReference.ForLayout(theirs, "v2"), To("app", "v3"));

        Assert.Equal(image.RootBytes, _to.GetManifest("app", "v3")!.Value.Bytes);
    }

    private async Task<OciManifest> FindAsync(string repository, string platform)
    {
        var request = new GetManifestRequest { Reference = From(repository) };
        await foreach (OciManifest manifest in new GetManifestOperation(_session).RunAsync(request, null, Cancellation))
        {
            if (manifest.Platform?.ToString() == platform)
                return manifest;
        }

        throw new InvalidOperationException($"There is no {platform}.");
    }

    private Task<Descriptor?> FindInLayoutAsync(string name)
    {
        ImageReference reference = Layout("app", name);
        return _session.OpenSource(reference).FindAsync(reference, Cancellation);
    }

    private Task<OciTransferResult> CopyAsync(
        ImageReference source, ImageReference destination, Func<CopyImageRequest, CopyImageRequest>? change = null)
    {
        var request = new CopyImageRequest { Source = source, Destination = destination };
        return new CopyImageOperation(_session).RunAsync(change?.Invoke(request) ?? request, null, Cancellation);
    }

    private ImageReference LayoutOf(TestImage image)
    {
        string path = Path.Combine(_directory.Path, image.Root.Digest.Short);
        image.WriteLayout(path, null);
        return ImageReference.ForLayout(path, null, image.Root.Digest);
    }

    private ImageReference From(string repository, string tag = "latest") =>
        ImageReference.Parse(_from.Reference(repository, tag));

    private ImageReference To(string repository, string tag = "latest") =>
        ImageReference.Parse(_to.Reference(repository, tag));

    private ImageReference Layout(string name, string? tag = null) =>
        ImageReference.ForLayout(Path.Combine(_directory.Path, name), tag);

    private string BlobPath(Digest digest) =>
        Path.Combine(_directory.Path, "app", "blobs", digest.Algorithm, digest.Hex);

    private bool HasBlob(Digest digest) => File.Exists(BlobPath(digest));
}
