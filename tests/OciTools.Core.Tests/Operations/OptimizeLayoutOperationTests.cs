using System.Diagnostics;
using System.Text;
using OciTools.Layout;
using OciTools.Operations;
using OciTools.Tests.Layout;
using OciTools.Tests.Transfer;
using OciTools.Transfer;

namespace OciTools.Tests.Operations;

public sealed class OptimizeLayoutOperationTests : IDisposable
{
    private const string WorkerFolder = "OCI_TEST_OPTIMIZE_LAYOUT";

    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _layout.Dispose();

    [Fact]
    public async Task What_no_image_needs_goes_and_the_images_stay()
    {
        Descriptor index = _layout.Source.AddIndex([AddImage("linux/amd64", "a"), AddImage("linux/arm64", "b")]);
        await _layout.SaveAsync(AddImage("linux/amd64", "old"), "v1");
        await _layout.SaveAsync(index, "v1");

        OciOptimizeResult result = await OptimizeAsync();

        Assert.Equal((2, 7), (result.BlobsRemoved, result.BlobsKept));
        Assert.Equal(await ClosureAsync(index), BlobNames());
        Assert.Equal(0, result.BlobsTooYoung);
        Assert.Equal(BlobNames().Sum(name => new FileInfo(BlobPath(name)).Length), result.BytesKept);
        Assert.True(result.BytesFreed > 0);
        _layout.AssertSound();
    }

    [Fact]
    public async Task What_is_too_young_stays_and_is_counted()
    {
        await _layout.SaveAsync(AddImage("linux/amd64", "old"), "v1");
        await _layout.SaveAsync(AddImage("linux/amd64", "new"), "v1");

        OciOptimizeResult result = await OptimizeAsync(TimeSpan.FromHours(1));

        Assert.Equal((0, 2, 0L), (result.BlobsRemoved, result.BlobsTooYoung, result.BytesFreed));
        Assert.True(result.BytesTooYoung > 0);
        Assert.Equal(5, BlobNames().Length);
    }

    [Fact]
    public async Task Referrers_keep_what_they_are_about_and_what_they_hold()
    {
        Descriptor image = AddImage("linux/arm64", "a");
        Descriptor referrer = _layout.Source.AddImage(
            "linux/amd64", [_layout.Source.AddLayer("signature", "text/plain")], subject: image);
        await _layout.SaveAsync(image, "v1");
        await _layout.SaveAsync(referrer);
        WriteLayout(referrer);
        _layout.WriteBlob(_layout.Source.AddLayer("orphan"));

        OciOptimizeResult result = await OptimizeAsync();

        Assert.Equal((1, 6), (result.BlobsRemoved, result.BlobsKept));
        Assert.Subset(BlobNames().ToHashSet(), (await ClosureAsync(image)).ToHashSet());
        _layout.AssertSound();
    }

    [Theory]
    [InlineData("application/vnd.example.thing.v1+json", """{"parts":[{"mediaType":"a/b","digest":"$","size":1}]}""")]
    [InlineData("application/vnd.example.thing.v1+json", """{"by-name":{"$":"the part"}}""")]
    [InlineData(MediaTypes.DockerManifestSchema1, """{"schemaVersion":1,"fsLayers":[{"blobSum":"$"}],"history":[]}""")]
    [InlineData("application/vnd.oci.artifact.manifest.v1+json", """{"blobs":[{"digest":"$","size":1,"mediaType":"a/b"}]}""")]
    public async Task Documents_of_every_type_keep_what_they_mention(string mediaType, string document)
    {
        Descriptor part = _layout.Source.AddLayer("part");
        Descriptor root = _layout.Source.AddDocument(
            Encoding.UTF8.GetBytes(document.Replace("$", $"{part.Digest}", StringComparison.Ordinal)), mediaType);
        Descriptor inner = _layout.Source.AddIndex([root]);
        WriteLayout(inner);
        _layout.WriteBlob(inner);
        _layout.WriteBlob(root);
        _layout.WriteBlob(part);
        _layout.WriteBlob(_layout.Source.AddLayer("orphan"));

        OciOptimizeResult result = await OptimizeAsync();

        Assert.Equal((1, 3), (result.BlobsRemoved, result.BlobsKept));
        Assert.True(File.Exists(_layout.BlobPath(part.Digest)));
    }

    [Fact]
    public async Task Absent_platforms_of_a_sparse_index_are_no_error()
    {
        Descriptor present = AddImage("linux/amd64", "a");
        Descriptor index = _layout.Source.AddIndex([present, AddImage("linux/arm64", "b")]);
        await _layout.SaveAsync(present, "v1");
        WriteLayout(index);
        _layout.WriteBlob(index);

        OciOptimizeResult result = await OptimizeAsync();

        Assert.Equal((0, 4), (result.BlobsRemoved, result.BlobsKept));
    }

    [Fact]
    public async Task A_damaged_document_stops_it_before_anything_is_removed()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(image, "v1");
        _layout.WriteBlob(_layout.Source.AddLayer("orphan"));
        File.AppendAllText(_layout.BlobPath(image.Digest), " ");
        string[] before = BlobNames();

        var exception = await Assert.ThrowsAsync<OciException>(() => OptimizeAsync());

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Equal(before, BlobNames());
    }

    [Fact]
    public async Task A_document_that_is_none_stops_it_before_anything_is_removed()
    {
        Descriptor image = _layout.Source.AddDocument("no JSON"u8.ToArray(), MediaTypes.OciManifest);
        WriteLayout(image);
        _layout.WriteBlob(image);
        _layout.WriteBlob(_layout.Source.AddLayer("orphan"));

        var exception = await Assert.ThrowsAsync<OciException>(() => OptimizeAsync());

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Equal(2, BlobNames().Length);
    }

    [Fact]
    public async Task A_listed_image_that_is_not_there_stops_it_before_anything_is_removed()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(image, "v1");
        File.Delete(_layout.BlobPath(image.Digest));

        var exception = await Assert.ThrowsAsync<OciException>(() => OptimizeAsync());

        Assert.Equal(OciErrorCode.ManifestNotFound, exception.Code);
        Assert.Equal(2, BlobNames().Length);
    }

    [Fact]
    public async Task Blobs_behind_a_link_are_left_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        _layout.WriteBlob(_layout.Source.AddLayer("of another layout"));
        string blobs = Path.Combine(_layout.Root, "blobs");
        Directory.Move(blobs, $"{_layout.Root}-shared");
        Directory.CreateSymbolicLink(blobs, $"{_layout.Root}-shared");

        var exception = await Assert.ThrowsAsync<OciException>(() => OptimizeAsync());

        Assert.Equal(OciErrorCode.LayoutInvalid, exception.Code);
        Assert.Equal(4, BlobNames().Length);
    }

    [Fact]
    public async Task Files_that_are_no_blobs_are_left_alone()
    {
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        string[] others = [BlobPath("README"), Path.Combine(_layout.Root, "notes.txt")];
        foreach (string other in others)
            File.WriteAllText(other, "mine");

        OciOptimizeResult result = await OptimizeAsync();

        Assert.Equal((0, 3), (result.BlobsRemoved, result.BlobsKept));
        Assert.All(others, other => Assert.True(File.Exists(other)));
    }

    [Fact]
    public async Task Old_leftovers_go_unless_a_writer_has_them_open()
    {
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        string[] leftovers = ["abandoned.tmp", "young.tmp", "open.tmp"];
        leftovers = [.. leftovers.Select(Leftover)];
        foreach (string leftover in leftovers)
            File.WriteAllText(leftover, "part");
        using var writer = File.OpenHandle(leftovers[2], FileMode.Open, FileAccess.Write);
        File.SetLastWriteTimeUtc(leftovers[0], DateTime.UtcNow.AddHours(-1));
        File.SetLastWriteTimeUtc(leftovers[2], DateTime.UtcNow.AddHours(-1));

        OciOptimizeResult result = await OptimizeAsync();

        Assert.Equal((1, 4L), (result.LeftoversRemoved, result.BytesFreed));
        Assert.Equal([false, true, true], leftovers.Select(File.Exists));
    }

    [Fact]
    public async Task What_a_save_may_go_on_with_stays_for_a_day_unless_an_age_is_named()
    {
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        Descriptor orphan = _layout.Source.AddLayer("orphan");
        _layout.WriteBlob(orphan);
        string[] files = [_layout.BlobPath(orphan.Digest), Leftover("resumable.partial"), Leftover("stale.partial")];
        foreach ((string file, int hours) in files.Zip([2, 2, 25]))
        {
            File.WriteAllText(file, "part");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-hours));
        }

        OciOptimizeResult result = await OptimizeAsync(null);

        Assert.Equal((1, 1), (result.BlobsRemoved, result.LeftoversRemoved));
        Assert.Equal([false, true, false], files.Select(File.Exists));
        Assert.Equal(0, (await OptimizeAsync(TimeSpan.FromHours(3))).LeftoversRemoved);
        Assert.Equal(1, (await OptimizeAsync(TimeSpan.FromHours(1))).LeftoversRemoved);
    }

    [Fact]
    public async Task Without_locks_nothing_is_removed_unless_it_is_forced()
    {
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        _layout.WriteBlob(_layout.Source.AddLayer("orphan"));
        var start = new ProcessStartInfo(
            Path.ChangeExtension(GetType().Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null),
            ["-explicit", "only", "-method", $"{GetType().FullName}.{nameof(WorkWithoutLocks)}"])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                [WorkerFolder] = _layout.Root,
                ["DOTNET_SYSTEM_IO_DISABLEFILELOCKING"] = "true",
            },
        };

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);

        Assert.True(process.ExitCode == 0, output);
        Assert.Equal(3, BlobNames().Length);
        _layout.AssertSound();
    }

    /// <summary>What a process without locks does that another test starts.</summary>
    [Fact(Explicit = true)]
    public async Task WorkWithoutLocks()
    {
        string? folder = Environment.GetEnvironmentVariable(WorkerFolder);
        Assert.SkipWhen(folder is null, "This runs in a process of its own, started by another test.");
        var request = new OptimizeLayoutRequest { Path = folder, MinimumAge = TimeSpan.Zero };

        var exception = await Assert.ThrowsAsync<OciException>(
            () => new OptimizeLayoutOperation().RunAsync(request, null, Cancellation));
        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
        Assert.Equal(4, Directory.GetFiles(Path.Combine(folder, "blobs", "sha256")).Length);

        OciOptimizeResult result =
            await new OptimizeLayoutOperation().RunAsync(request with { Force = true }, null, Cancellation);
        Assert.Equal(1, result.BlobsRemoved);
    }

    [Fact]
    public async Task A_save_that_loses_blobs_is_not_completed_before_they_are_written_again()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(AddImage("linux/amd64", "other"), "other");
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        await CopyAsync(store, image);
        Assert.Equal(2, (await OptimizeAsync()).BlobsRemoved);

        var exception = await Assert.ThrowsAsync<OciException>(() => store.CompleteAsync(Cancellation));

        Assert.Equal(OciErrorCode.LayoutChanged, exception.Code);
        Assert.True(exception.IsTransient);
        Assert.Single(_layout.ReadEntries());
        await CopyAsync(store, image);
        await store.CompleteAsync(Cancellation);
        Assert.Equal(2, _layout.ReadEntries().Length);
        Assert.Subset(BlobNames().ToHashSet(), (await ClosureAsync(image)).ToHashSet());
        _layout.AssertSound();
    }

    [Fact]
    public async Task A_save_that_loses_what_it_did_not_write_again_copies_it()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(image, "v1");
        await _layout.SaveAsync(AddImage("linux/amd64", "b"), "v1");
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        var events = new Support.EventLog();
        int copies = 0;

        int result = await SinkCompletion.RunAsync(
            store,
            async _ =>
            {
                await CopyAsync(store, image);
                if (copies++ == 0)
                    Assert.Equal(2, (await OptimizeAsync()).BlobsRemoved);
                return copies;
            },
            events,
            Cancellation);

        Assert.Equal(2, result);
        Assert.Equal(TransferEventKind.Retried, events[0].Kind);
        Assert.Subset(BlobNames().ToHashSet(), (await ClosureAsync(image)).ToHashSet());
        Assert.Contains(_layout.ReadEntries(), entry => (string?)entry["digest"] == image.Digest.ToString());
        _layout.AssertSound();
    }

    [Fact]
    public async Task What_is_copied_again_counts_once()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(image, "v1");
        await _layout.SaveAsync(AddImage("linux/amd64", "b"), "v1");
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        var tally = new TransferTally(null);
        var copier = new GraphCopier(_layout.Source, store, new GraphCopyOptions(), tally);

        await copier.CopyAsync(image, "v1", cancellationToken: Cancellation);
        Assert.Equal(2, (await OptimizeAsync()).BlobsRemoved);
        await Assert.ThrowsAsync<OciException>(() => store.CompleteAsync(Cancellation));
        await copier.CopyAsync(image, "v1", cancellationToken: Cancellation);
        await copier.CopyAsync(image, "v1", cancellationToken: Cancellation);

        OciTransferResult result = tally.ApplyTo(new OciTransferResult
        {
            Source = _layout.Source.Location,
            Destination = store.Location,
            Digest = image.Digest,
        });
        Assert.Equal((2, 1), (result.ItemsTransferred, result.ItemsSkipped));
        Assert.False(result.IsUpToDate);
    }

    [Fact]
    public async Task A_save_that_lost_content_once_loses_no_more_of_it()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(AddImage("linux/amd64", "other"), "other");
        var removed = new List<(int, int)>();
        await using (var store = LayoutStore.OpenOrCreate(_layout.Root))
        {
            int copies = await SinkCompletion.RunAsync(
                store,
                async _ =>
                {
                    await CopyAsync(store, image);
                    OciOptimizeResult result = await OptimizeAsync();
                    removed.Add((result.BlobsRemoved, result.BlobsTooYoung));
                    return removed.Count;
                },
                new Support.EventLog(),
                Cancellation);

            Assert.Equal(2, copies);
            Assert.Equal([(2, 0), (0, 2)], removed);
            _layout.WriteBlob(_layout.Source.AddLayer("orphan"));
            Assert.Equal(1, (await OptimizeAsync()).BlobsRemoved);
        }

        _layout.AssertSound();
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_layout.Root, ".ocitools", "staging")));
    }

    [Fact]
    public async Task The_claim_of_a_process_that_is_gone_holds_nothing_up()
    {
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        string claim = Path.Combine(_layout.Root, ".ocitools", "staging", $"{Guid.NewGuid():N}.claim");
        File.WriteAllText(claim, "");
        _layout.WriteBlob(_layout.Source.AddLayer("orphan"));

        using (new FileStream(claim, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.Equal(0, (await OptimizeAsync()).BlobsRemoved);
        OciOptimizeResult result = await OptimizeAsync();

        Assert.Equal(1, result.BlobsRemoved);
        Assert.False(File.Exists(claim));
    }

    [Fact]
    public async Task A_writer_that_holds_the_lock_is_waited_for()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(image, "v1");
        string path = Path.Combine(_layout.Root, ".ocitools", "lock");
        var holder = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        _layout.WriteBlob(_layout.Source.AddLayer("being saved"));

        Task<OciOptimizeResult> optimize = OptimizeAsync();

        Assert.False(optimize.IsCompleted);
        Assert.Equal(4, BlobNames().Length);
        await holder.DisposeAsync();
        Assert.Equal(1, (await optimize).BlobsRemoved);
    }

    [Fact]
    public async Task The_ledger_forgets_blobs_that_went()
    {
        Descriptor image = AddImage("linux/amd64", "b");
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        await _layout.SaveAsync(image, "v1");

        await OptimizeAsync();

        Assert.Equal(
            await ClosureAsync(image),
            File.ReadLines(Path.Combine(_layout.Root, ".ocitools", "ledger"))
                .Select(line => line.Split(' ')[0].Split(':')[1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_folder_that_is_no_layout_is_an_error()
    {
        Directory.CreateDirectory(_layout.Root);

        var exception = await Assert.ThrowsAsync<OciException>(() => OptimizeAsync());

        Assert.Equal(OciErrorCode.LayoutNotFound, exception.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_layout.Root));
    }

    private string Leftover(string name) => Path.Combine(_layout.Root, ".ocitools", "staging", name);

    private Task<OciOptimizeResult> OptimizeAsync() => OptimizeAsync(TimeSpan.Zero);

    private Task<OciOptimizeResult> OptimizeAsync(TimeSpan? minimumAge) => new OptimizeLayoutOperation()
        .RunAsync(new() { Path = _layout.Root, MinimumAge = minimumAge }, null, Cancellation);

    private Descriptor AddImage(string platform, string layer) =>
        _layout.Source.AddImage(platform, [_layout.Source.AddLayer(layer)]);

    /// <summary>Copies, and waits until all that was written has its name, but does not complete.</summary>
    private async Task CopyAsync(LayoutStore store, Descriptor image)
    {
        await new GraphCopier(_layout.Source, store).CopyAsync(image, "v1", cancellationToken: Cancellation);
        await store.HasAsync(image, verify: true, Cancellation);
        RawDocument document = await _layout.Source.ReadDocumentAsync(image, Cancellation);
        foreach (Descriptor child in document.Children)
            await store.HasAsync(child, verify: true, Cancellation);
    }

    private async Task<string[]> ClosureAsync(Descriptor root) =>
        [.. (await _layout.Source.ClosureAsync(root)).Select(digest => digest.Hex).Order(StringComparer.Ordinal)];

    private string[] BlobNames() =>
        [.. new DirectoryInfo(Path.GetDirectoryName(BlobPath("x"))!).GetFiles().Select(file => file.Name)
            .Order(StringComparer.Ordinal)];

    private string BlobPath(string name) => Path.Combine(_layout.Root, "blobs", "sha256", name);

    private void WriteLayout(Descriptor root) => _layout.WriteLayout($$"""
        {"schemaVersion":2,"manifests":[
        {"mediaType":"{{root.MediaType}}","digest":"{{root.Digest}}","size":{{root.Size}} }]}
        """);
}
