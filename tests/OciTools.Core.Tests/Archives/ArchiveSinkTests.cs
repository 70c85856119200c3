using System.Text;
using System.Text.Json.Nodes;
using OciTools.Archives;
using OciTools.Operations;
using OciTools.RootFs;
using OciTools.Testing;
using OciTools.Tests.RootFs;
using OciTools.Tests.Support;
using OciTools.Tests.Transfer;
using OciTools.Transfer;

namespace OciTools.Tests.Archives;

public sealed class ArchiveSinkTests : IDisposable
{
    private readonly ArchiveFixture _archives = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _archives.Dispose();

    [Fact]
    public async Task The_archive_holds_every_content_under_its_digest_and_nothing_of_this_machine()
    {
        TestImage image = TestImages.MultiPlatform();

        string path = await _archives.ExportAsync("a.tar", _archives.Layout(image));

        List<(TarEntry Entry, byte[] Data)> entries =
            await TarContents.ReadAsync(await File.ReadAllBytesAsync(path, Cancellation));
        Assert.Equal(
            ["oci-layout", "index.json", "manifest.json", "blobs/", "blobs/sha256/"],
            entries.Take(5).Select(item => item.Entry.Name));
        Assert.Equal(
            image.Contents.Select(content => ArchiveFixture.BlobName(content.Descriptor.Digest)).Distinct().Order(),
            entries.Skip(5).Select(item => item.Entry.Name).Order());
        Assert.Equal(ArchiveFixture.BlobName(image.Root.Digest), entries[5].Entry.Name);
        foreach ((TarEntry entry, byte[] data) in entries)
        {
            Assert.Equal(DateTimeOffset.UnixEpoch, entry.ModifiedTime);
            Assert.Equal((0, 0, "", ""), (entry.Uid, entry.Gid, entry.UserName, entry.GroupName));
            Assert.Equal(entry.Type == OciFileType.Directory ? "755" : "644", Convert.ToString(entry.Mode, 8));
            if (entry.Type == OciFileType.File && entry.Name.StartsWith("blobs/", StringComparison.Ordinal))
                Assert.Equal(entry.Name, ArchiveFixture.BlobName(Digest.Compute(data)));
        }

        Assert.Single(Directory.GetFiles(_archives.Path));
    }

    [Fact]
    public async Task Docker_gets_the_platform_that_was_named_under_the_name_that_was_given()
    {
        TestImage image = TestImages.MultiPlatform();
        ImageReference source = _archives.Layout(image);

        string path = await _archives.ExportAsync(
            "a.tar",
            request => request with { LoadPlatform = TestImages.Arm64 },
            new ArchiveImage(source) { Name = "docker.io/library/app:1.0" });

        Dictionary<string, byte[]> files = await ArchiveFixture.ReadFilesAsync(path);
        JsonNode item = Assert.Single(JsonNode.Parse(files["manifest.json"])!.AsArray())!;
        JsonNode config = JsonNode.Parse(files[$"{item["Config"]}"])!;
        Assert.Equal("arm64", $"{config["architecture"]}");
        Assert.Equal("app:1.0", $"{Assert.Single(item["RepoTags"]!.AsArray())}");
        Assert.Equal(
            config["rootfs"]!["diff_ids"]!.AsArray().Count,
            item["Layers"]!.AsArray().Count(layer => files.ContainsKey($"{layer}")));
    }

    [Fact]
    public async Task A_platform_to_load_that_is_not_there_is_an_error_and_leaves_no_file()
    {
        ImageReference source = _archives.Layout(TestImages.MultiPlatform());

        OciException error = await Assert.ThrowsAsync<OciException>(() => _archives.ExportAsync(
            "a.tar",
            request => request with { LoadPlatform = Platform.Parse("linux/s390x") },
            new ArchiveImage(source)));

        Assert.Equal(OciErrorCode.PlatformNotFound, error.Code);
        Assert.Empty(Directory.GetFiles(_archives.Path));
    }

    [Fact]
    public async Task The_pure_formats_hold_only_what_they_need()
    {
        TestImage image = TestImages.MultiPlatform();
        ImageReference source = _archives.Layout(image);

        Dictionary<string, byte[]> oci = await ArchiveFixture.ReadFilesAsync(await _archives.ExportAsync(
            "oci.tar", request => request with { Format = ArchiveFormat.Oci }, new ArchiveImage(source)));
        Dictionary<string, byte[]> docker = await ArchiveFixture.ReadFilesAsync(await _archives.ExportAsync(
            "docker.tar",
            request => request with { Format = ArchiveFormat.Docker, LoadPlatform = TestImages.Amd64 },
            new ArchiveImage(source)));

        Assert.DoesNotContain("manifest.json", oci.Keys);
        Assert.Contains("index.json", oci.Keys);
        // The manifest.json, two folders, a config and two layers.
        Assert.Equal(6, docker.Count);
        Assert.Equal("manifest.json", docker.Keys.First());
    }

    [Fact]
    public async Task Docker_is_not_given_what_looks_like_an_image_and_holds_no_files()
    {
        TestImage signature = TestImages.Attestation(TestImages.Single()).For(TestImages.Amd64);

        Dictionary<string, byte[]> files =
            await ArchiveFixture.ReadFilesAsync(await _archives.ExportAsync("a.tar", _archives.Layout(signature)));

        Assert.Contains(ArchiveFixture.BlobName(signature.Root.Digest), files.Keys);
        Assert.DoesNotContain("manifest.json", files.Keys);
    }

    [Fact]
    public async Task Several_images_share_one_archive_and_what_they_have_in_common()
    {
        TestImage first = TestImages.Single(1);
        TestImage second = TestImages.MultiPlatform(2);
        TestImage artifact = TestImages.Artifact();
        ArchiveImage[] images =
        [
            new(_archives.Layout(first, "first")),
            new(_archives.Layout(second, "second")),
            new(_archives.Layout(first, "again")),
            new(_archives.Layout(artifact, "thing")),
        ];

        string path = await _archives.ExportAsync("a.tar", null, images);

        await using var source = ArchiveSource.Open(path);
        Assert.Equal(
            ["first", "second", "again", "thing"],
            await source.ListTagsAsync(Cancellation).ToListAsync(Cancellation));
        RawDocument found = await source.ResolveAsync(ArchiveFixture.Archive(path, "second"), Cancellation);
        Assert.Equal(second.RootBytes, found.Bytes.ToArray());
        Dictionary<string, byte[]> files = await ArchiveFixture.ReadFilesAsync(path);
        Assert.Equal(2, JsonNode.Parse(files["manifest.json"])!.AsArray().Count);
    }

    [Fact]
    public async Task Blobs_that_arrive_in_another_order_make_the_same_bytes()
    {
        byte[] large = new byte[3_000_001];
        new Random(1).NextBytes(large);
        byte[][] archives = [await WriteAsync("a.tar", reversed: false), await WriteAsync("b.tar", reversed: true)];

        Assert.Equal(archives[0], archives[1]);
        Assert.Equal(large, (await TarContents.ReadAsync(archives[0])).Single(item => item.Data.Length == large.Length).Data);

        async Task<byte[]> WriteAsync(string name, bool reversed)
        {
            var store = new MemoryStore();
            List<Descriptor> layers =
                [store.AddBlob(large, MediaTypes.OciLayerGzip), store.AddLayer("a"), store.AddLayer("b"), store.AddLayer("c")];
            Descriptor image = store.AddImage("linux/amd64", layers, "v1");
            // Each blob waits for the next to be open, so that they come last first.
            var opened = layers.ToDictionary(layer => layer.Digest, _ => new TaskCompletionSource());
            store.Intercept = async (_, descriptor, token) =>
            {
                int place = layers.IndexOf(descriptor);
                if (reversed && place >= 0 && place + 1 < layers.Count)
                    await opened[layers[place + 1].Digest].Task.WaitAsync(token);
                if (place >= 0)
                    opened[descriptor.Digest].SetResult();
            };
            await SaveAsync(store, image, _archives.Combine(name));
            return await File.ReadAllBytesAsync(_archives.Combine(name), Cancellation);
        }
    }

    [Fact]
    public async Task A_blob_that_is_not_what_it_should_be_leaves_the_old_file_and_no_other()
    {
        var store = new MemoryStore();
        Descriptor layer = store.AddLayer("right");
        Descriptor image = store.AddImage("linux/amd64", [layer], "v1");
        store.Blobs[layer.Digest] = "wrong"u8.ToArray();
        string path = _archives.Combine("a.tar");
        await File.WriteAllTextAsync(path, "old", Cancellation);

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => SaveAsync(store, image, path, new ArchiveOptions { Force = true }));

        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
        Assert.Equal(layer, error.Target);
        Assert.Equal(path, Assert.Single(Directory.GetFiles(_archives.Path)));
        Assert.Equal("old", await File.ReadAllTextAsync(path, Cancellation));
    }

    [Fact]
    public async Task A_file_that_exists_is_replaced_only_with_force()
    {
        ImageReference source = _archives.Layout(TestImages.Single());
        string path = await _archives.ExportAsync("a.tar", source);
        byte[] written = await File.ReadAllBytesAsync(path, Cancellation);
        await File.WriteAllTextAsync(path, "old", Cancellation);

        OciException refused = await Assert.ThrowsAsync<OciException>(() => _archives.ExportAsync("a.tar", source));
        Assert.Equal(OciErrorCode.DestinationExists, refused.Code);
        Assert.Equal("old", await File.ReadAllTextAsync(path, Cancellation));

        await _archives.ExportAsync("a.tar", request => request with { Force = true }, new ArchiveImage(source));
        Assert.Equal(written, await File.ReadAllBytesAsync(path, Cancellation));
    }

    [Fact]
    public async Task A_file_that_appears_meanwhile_is_not_replaced()
    {
        var store = new MemoryStore();
        Descriptor image = store.AddImage("linux/amd64", [store.AddLayer("a")], "v1");
        string path = _archives.Combine("a.tar");
        store.Intercept = (_, _, token) => File.WriteAllTextAsync(path, "theirs", token);

        OciException error = await Assert.ThrowsAsync<OciException>(() => SaveAsync(store, image, path));

        Assert.Equal(OciErrorCode.DestinationExists, error.Code);
        Assert.Equal("theirs", await File.ReadAllTextAsync(path, Cancellation));
        Assert.Single(Directory.GetFiles(_archives.Path));
    }

    [Fact]
    public async Task Cancelling_leaves_nothing()
    {
        var store = new MemoryStore();
        Descriptor image = store.AddImage("linux/amd64", [store.AddLayer("a"), store.AddLayer("b")], "v1");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        store.Intercept = async (_, _, token) =>
        {
            await cancel.CancelAsync();
            token.ThrowIfCancellationRequested();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => SaveAsync(store, image, _archives.Combine("a.tar"), cancellation: cancel.Token));

        Assert.Empty(Directory.GetFiles(_archives.Path));
    }

    [Fact]
    public async Task What_an_interrupted_attempt_left_is_removed_and_what_others_write_is_not()
    {
        var store = new MemoryStore();
        Descriptor image = store.AddImage("linux/amd64", [store.AddLayer("a")], "v1");
        string partial = "";
        store.Intercept = (_, _, _) =>
        {
            partial = Directory.GetFiles(_archives.Path, ".*.partial").FirstOrDefault(partial);
            return Task.CompletedTask;
        };
        await SaveAsync(store, image, _archives.Combine("a.tar"));
        string left = partial.Replace(".partial", "1.partial", StringComparison.Ordinal);
        string held = partial.Replace(".partial", "2.partial", StringComparison.Ordinal);
        string other = _archives.Combine(".0123456789ab.0.partial");
        await File.WriteAllTextAsync(left, "left", Cancellation);
        await File.WriteAllTextAsync(other, "of another archive", Cancellation);
        using var writer = new FileStream(held, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var log = new EventLog();

        await SaveAsync(store, image, _archives.Combine("a.tar"), new ArchiveOptions { Force = true }, progress: log);

        string[] stay = [held, other, _archives.Combine("a.tar")];
        Assert.Equal(stay.Order(), Directory.GetFiles(_archives.Path).Order());
        Assert.Contains("was interrupted; what it left is removed", log[0].Message);
    }

    [Fact]
    public async Task An_external_layer_stays_outside_and_docker_gets_no_part_of_an_image()
    {
        (TestImage image, TestContent foreign) = TestImages.WithForeignLayer(new Uri("https://far.example/layer"));

        Dictionary<string, byte[]> files =
            await ArchiveFixture.ReadFilesAsync(await _archives.ExportAsync("a.tar", _archives.Layout(image)));

        Assert.Contains(ArchiveFixture.BlobName(image.Root.Digest), files.Keys);
        Assert.DoesNotContain(ArchiveFixture.BlobName(foreign.Descriptor.Digest), files.Keys);
        Assert.DoesNotContain("manifest.json", files.Keys);
    }

    [Fact]
    public async Task Referrers_come_along_and_are_found_again()
    {
        TestImage image = TestImages.Single();
        TestImage signature = TestImages.Referrer(image);
        ImageReference source = _archives.Layout(image);
        _archives.Layout(signature, "signature");

        string path = await _archives.ExportAsync(
            "a.tar", request => request with { IncludeReferrers = true }, new ArchiveImage(source));

        await using var archive = ArchiveSource.Open(path);
        Descriptor found = Assert.Single(await archive.ListReferrersAsync(image.Root.Digest, Cancellation));
        Assert.Equal(signature.Root.Digest, found.Digest);
    }

    [Fact]
    public async Task Some_platforms_of_an_index_make_a_sparse_archive_that_can_be_imported()
    {
        TestImage image = TestImages.MultiPlatform();
        ImageReference source = _archives.Layout(image);

        string path = await _archives.ExportAsync(
            "a.tar",
            request => request with { Platforms = [TestImages.Arm64], IndexMode = IndexMode.Sparse },
            new ArchiveImage(source));
        Dictionary<string, byte[]> blobs = await _archives.ImportBlobsAsync(path);

        Assert.Equal(image.RootBytes, blobs[image.Root.Digest.Hex]);
        Assert.Equal(5, blobs.Count);
        Dictionary<string, byte[]> files = await ArchiveFixture.ReadFilesAsync(path);
        JsonNode item = Assert.Single(JsonNode.Parse(files["manifest.json"])!.AsArray())!;
        Assert.Contains("arm64", Encoding.UTF8.GetString(files[$"{item["Config"]}"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_blob_beyond_8_GiB_and_its_followers_have_their_places()
    {
        const long Size = (9L << 30) + 1;
        var plan = new ArchivePlan();
        Descriptor large = new()
        {
            MediaType = MediaTypes.OciLayer, Digest = Digest.Compute("x"u8), Size = Size,
        };

        plan.AddBlob("large", new PendingBlob(large, new MemoryStore(), null));
        plan.AddFile("small", "content"u8);

        Assert.Contains($"size={Size}", Encoding.ASCII.GetString(plan.Parts[0].Bytes.Span), StringComparison.Ordinal);
        Assert.Equal((plan.Parts[0].BlobOffset + Size + 511) / 512 * 512, plan.Parts[1].Offset);
        Assert.Equal(plan.Parts[1].Offset + 1024 + 1024, plan.Length);
    }

    [Fact]
    public void Sizes_that_no_file_can_have_are_refused()
    {
        var plan = new ArchivePlan();
        Descriptor endless = new()
        {
            MediaType = MediaTypes.OciLayer, Digest = Digest.Compute("x"u8), Size = long.MaxValue,
        };

        OciException error = Assert.Throws<OciException>(
            () => plan.AddBlob("endless", new PendingBlob(endless, new MemoryStore(), null)));

        Assert.Equal(OciErrorCode.LimitExceeded, error.Code);
    }

    private static async Task SaveAsync(
        MemoryStore store,
        Descriptor root,
        string path,
        ArchiveOptions? options = null,
        CancellationToken? cancellation = null,
        IProgress<TransferEvent>? progress = null)
    {
        CancellationToken token = cancellation ?? Cancellation;
        await using var sink = ArchiveSink.Create(path, options, progress);
        await new GraphCopier(store, sink).CopyAsync(root, "v1", cancellationToken: token);
        await sink.CompleteAsync(token);
    }
}
