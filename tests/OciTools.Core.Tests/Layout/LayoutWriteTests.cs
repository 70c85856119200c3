using System.Text;
using System.Text.Json.Nodes;
using OciTools.Layout;
using OciTools.Tests.Support;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Layout;

public sealed class LayoutWriteTests : IDisposable
{
    private const string Name = "org.opencontainers.image.ref.name";

    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _layout.Dispose();

    [Fact]
    public async Task An_image_arrives_to_the_byte_with_its_name()
    {
        Descriptor image = AddImage("a");

        await _layout.SaveAsync(image, "v1");

        foreach (Digest digest in await _layout.Source.ClosureAsync(image))
            Assert.Equal(_layout.Source.Blobs[digest], File.ReadAllBytes(_layout.BlobPath(digest)));
        Assert.Equal(
            """{"imageLayoutVersion":"1.0.0"}""", File.ReadAllText(Path.Combine(_layout.Root, "oci-layout")));
        JsonObject entry = Assert.Single(_layout.ReadEntries());
        Assert.Equal(image.Digest.ToString(), (string?)entry["digest"]);
        Assert.Equal(image.Size, (long?)entry["size"]);
        Assert.Equal(MediaTypes.OciManifest, (string?)entry["mediaType"]);
        Assert.Equal("v1", (string?)entry["annotations"]![Name]);
        Assert.Equal("amd64", (string?)entry["platform"]!["architecture"]);
        _layout.AssertSound();
    }

    [Fact]
    public async Task A_large_blob_arrives_to_the_byte_and_its_progress_ends_at_its_size()
    {
        byte[] content = new byte[70 * 1024 * 1024 + 17];
        new Random(1).NextBytes(content);
        Descriptor blob = _layout.Source.AddBlob(content, MediaTypes.OciLayer);
        var events = new EventLog();
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        BlobOutcome outcome = await store.WriteBlobAsync(blob, _layout.Source, false, events, Cancellation);
        await store.CompleteAsync(Cancellation);

        Assert.Equal(BlobOutcome.Transferred, outcome);
        Assert.Equal(TransferEventKind.Started, events[0].Kind);
        Assert.Equal((TransferEventKind.Completed, blob.Size), (events[^1].Kind, events[^1].Bytes));
        Assert.InRange(events.Count, 60, 300);
        _layout.AssertSound();
        Assert.Equal(blob.Size, new FileInfo(_layout.BlobPath(blob.Digest)).Length);
    }

    [Fact]
    public async Task A_sha512_blob_is_checked_with_sha512()
    {
        byte[] content = Encoding.UTF8.GetBytes("content");
        var blob = new Descriptor
        {
            MediaType = MediaTypes.OciLayer,
            Digest = Digest.Compute(content, Digest.Sha512),
            Size = content.Length,
        };
        _layout.Source.Blobs[blob.Digest] = content;
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        await store.WriteBlobAsync(blob, _layout.Source, false, null, Cancellation);
        await store.CompleteAsync(Cancellation);

        Assert.Equal(content, File.ReadAllBytes(_layout.BlobPath(blob.Digest)));
        _layout.AssertSound();
    }

    [Fact]
    public async Task Embedded_content_is_taken_from_the_descriptor()
    {
        byte[] content = Encoding.UTF8.GetBytes("{}");
        var blob = new Descriptor
        {
            MediaType = MediaTypes.OciEmpty,
            Digest = Digest.Compute(content),
            Size = content.Length,
            Data = content,
        };
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        await store.WriteBlobAsync(blob, _layout.Source, false, null, Cancellation);
        await store.CompleteAsync(Cancellation);

        Assert.Empty(_layout.Source.Log);
        Assert.Equal(content, File.ReadAllBytes(_layout.BlobPath(blob.Digest)));
    }

    [Fact]
    public async Task Content_without_a_known_digest_gets_one()
    {
        byte[] content = new byte[600_000];
        new Random(2).NextBytes(content);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        Descriptor blob = await store.WriteBlobAsync(MediaTypes.OciLayer, new MemoryStream(content), Cancellation);
        await store.CompleteAsync(Cancellation);

        Assert.Equal(Digest.Compute(content), blob.Digest);
        Assert.Equal(content.Length, blob.Size);
        Assert.Equal(content, File.ReadAllBytes(_layout.BlobPath(blob.Digest)));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("other content of the right siz")]
    [InlineData("content that is longer than what was promised")]
    public async Task Content_that_is_not_what_was_promised_leaves_nothing(string actual)
    {
        Descriptor blob = _layout.Source.AddLayer("the content that was promised.");
        _layout.Source.Blobs[blob.Digest] = Encoding.UTF8.GetBytes(actual);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        var exception = await Assert.ThrowsAnyAsync<OciException>(
            () => store.WriteBlobAsync(blob, _layout.Source, false, null, Cancellation));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.False(await store.HasAsync(blob, false, Cancellation));
        Assert.False(File.Exists(_layout.BlobPath(blob.Digest)));
        _layout.AssertNothingStaged();
    }

    [Fact]
    public async Task A_stream_without_an_end_is_stopped_when_the_size_is_exceeded()
    {
        Descriptor blob = _layout.Source.AddLayer("ten bytes!");
        var endless = new StreamSource(new EndlessStream());
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        var exception = await Assert.ThrowsAnyAsync<OciException>(
            () => store.WriteBlobAsync(blob, endless, false, null, Cancellation));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        _layout.AssertNothingStaged();
    }

    [Fact]
    public async Task A_cancelled_transfer_leaves_nothing_that_looks_whole()
    {
        Descriptor blob = _layout.Source.AddBlob(new byte[1_000_000], MediaTypes.OciLayer);
        using var cancel = new CancellationTokenSource();
        var halting = new StreamSource(new HaltingStream(new byte[500_000], cancel));
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.WriteBlobAsync(blob, halting, false, null, cancel.Token));

        Assert.False(File.Exists(_layout.BlobPath(blob.Digest)));
        Assert.False(File.Exists(_layout.IndexPath));
        _layout.AssertNothingStaged();
    }

    [Fact]
    public async Task Without_completion_no_name_appears_but_checked_blobs_are_found_by_the_next_store()
    {
        Descriptor image = AddImage("a");
        RawDocument document = await _layout.Source.ReadDocumentAsync(image, Cancellation);
        await using (var store = LayoutStore.OpenOrCreate(_layout.Root))
        {
            foreach (Descriptor child in document.Children)
                await store.WriteBlobAsync(child, _layout.Source, false, null, Cancellation);
            await store.WriteDocumentAsync(document, image, "v1", true, Cancellation);
        }

        Assert.False(File.Exists(_layout.IndexPath));
        Assert.False(File.Exists(Path.Combine(_layout.Root, "oci-layout")));
        _layout.AssertSound();
        await using var next = LayoutStore.OpenOrCreate(_layout.Root);
        Assert.Equal(
            BlobOutcome.Skipped,
            await next.WriteBlobAsync(document.Children[1], _layout.Source, false, null, Cancellation));
    }

    [Fact]
    public async Task What_was_written_can_be_read_before_completion()
    {
        Descriptor image = AddImage("a");
        RawDocument document = await _layout.Source.ReadDocumentAsync(image, Cancellation);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        await store.WriteDocumentAsync(document, image, "v1", true, Cancellation);
        await store.WriteBlobAsync(document.Children[1], _layout.Source, false, null, Cancellation);

        Assert.True(await store.HasAsync(image, true, Cancellation));
        Assert.Equal(image.Digest, (await store.ReadDocumentAsync(image, Cancellation)).Digest);
        await using Stream layer = await store.OpenBlobAsync(document.Children[1], 0, Cancellation);
        Assert.Equal("a", await new StreamReader(layer).ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task Opening_creates_nothing_and_neither_does_completing_without_content()
    {
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        await store.CompleteAsync(Cancellation);

        Assert.False(Directory.Exists(_layout.Root));
    }

    [Fact]
    public void A_folder_with_other_files_is_left_alone()
    {
        Directory.CreateDirectory(_layout.Root);
        File.WriteAllText(Path.Combine(_layout.Root, "notes.txt"), "mine");

        var exception = Assert.Throws<OciException>(() => LayoutStore.OpenOrCreate(_layout.Root));

        Assert.Equal(OciErrorCode.DestinationExists, exception.Code);
        Assert.Single(Directory.EnumerateFileSystemEntries(_layout.Root));
    }

    [Fact]
    public async Task An_empty_folder_becomes_a_layout()
    {
        Directory.CreateDirectory(_layout.Root);

        await _layout.SaveAsync(AddImage("a"), "v1");

        _layout.AssertSound();
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_an_error()
    {
        File.WriteAllText(_layout.Root, "mine");

        var exception = Assert.Throws<OciException>(() => LayoutStore.OpenOrCreate(_layout.Root));

        Assert.Equal(OciErrorCode.DestinationExists, exception.Code);
        Assert.Equal("mine", File.ReadAllText(_layout.Root));
    }

    [Fact]
    public async Task A_path_that_cannot_be_written_is_an_error_that_names_it()
    {
        _layout.WriteLayout("""{"schemaVersion":2,"manifests":[]}""");
        Directory.Delete(Path.Combine(_layout.Root, "blobs"), recursive: true);
        File.WriteAllText(Path.Combine(_layout.Root, "blobs"), "in the way");
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        Descriptor blob = _layout.Source.AddLayer("a");

        await store.WriteBlobAsync(blob, _layout.Source, false, null, Cancellation);
        var exception = await Assert.ThrowsAsync<OciException>(() => store.CompleteAsync(Cancellation));

        Assert.Equal(OciErrorCode.WriteFailed, exception.Code);
        Assert.Contains(_layout.Root, exception.Message, StringComparison.Ordinal);
        _layout.AssertNothingStaged();
    }

    [Fact]
    public async Task A_full_disk_is_an_error_and_leaves_a_layout_as_it_was()
    {
        using SmallFileSystem disk = await SmallFileSystem.MountAsync(megabytes: 2);
        string root = Path.Combine(disk.Path, "layout");
        Descriptor fits = _layout.Source.AddLayer("fits");
        Descriptor tooLarge = _layout.Source.AddBlob(new byte[4_000_000], MediaTypes.OciLayer);
        await using (var first = LayoutStore.OpenOrCreate(root))
        {
            await first.WriteBlobAsync(fits, _layout.Source, false, null, Cancellation);
            await first.CompleteAsync(Cancellation);
        }

        string before = File.ReadAllText(Path.Combine(root, "index.json"));
        await using var store = LayoutStore.OpenOrCreate(root);
        var exception = await Assert.ThrowsAsync<OciException>(
            () => store.WriteBlobAsync(tooLarge, _layout.Source, false, null, Cancellation));

        Assert.Equal(OciErrorCode.WriteFailed, exception.Code);
        Assert.Contains("full", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(Path.Combine(root, "index.json")));
    }

    [Fact]
    public async Task Content_that_somebody_removes_as_soon_as_it_is_there_is_missed_before_it_is_named()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There a file that is held cannot be removed.");
        _layout.WriteLayout("{\"schemaVersion\":2,\"manifests\":[]}");
        var isFirstGone = new TaskCompletionSource();
        bool isOver = false;
        Task removing = Task.Run(
            () =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    foreach (string file in Directory.EnumerateFiles(Path.Combine(_layout.Root, "blobs", "sha256")))
                    {
                        File.Delete(file);
                        isFirstGone.TrySetResult();
                    }
                }
            },
            Cancellation);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        for (int i = 0; i < 300; i++)
            await store.WriteBlobAsync(
                MediaTypes.OciLayer, new MemoryStream(Encoding.ASCII.GetBytes($"content {i}")), Cancellation);
        await Task.WhenAny(isFirstGone.Task, removing);
        OciException error = await Assert.ThrowsAsync<OciException>(() => store.CompleteAsync(Cancellation));

        Volatile.Write(ref isOver, true);
        await removing;
        Assert.Equal(OciErrorCode.LayoutChanged, error.Code);
        Assert.Empty(_layout.ReadEntries());
    }

    [Fact]
    public async Task Old_temporary_files_are_removed_and_young_ones_stay()
    {
        string staging = Path.Combine(_layout.Root, ".ocitools", "staging");
        Directory.CreateDirectory(staging);
        string young = Path.Combine(staging, "young.tmp");
        string old = Path.Combine(staging, "old.tmp");
        File.WriteAllText(young, "");
        File.WriteAllText(old, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-25));

        await _layout.SaveAsync(AddImage("a"), "v1");

        Assert.Equal([young], Directory.EnumerateFiles(staging));
    }

    [Fact]
    public async Task Files_have_the_permissions_that_the_umask_gives()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        await _layout.SaveAsync(AddImage("a"), "v1");
        string ordinary = Path.Combine(_layout.Root, "ordinary");
        await File.WriteAllTextAsync(ordinary, "", Cancellation);
        UnixFileMode mode = File.GetUnixFileMode(ordinary);

        foreach (string file in Directory.EnumerateFiles(_layout.Root, "*", SearchOption.AllDirectories))
            Assert.Equal(mode, File.GetUnixFileMode(file));
    }

    private Descriptor AddImage(string layer) =>
        _layout.Source.AddImage("linux/amd64", [_layout.Source.AddLayer(layer)]);
}
