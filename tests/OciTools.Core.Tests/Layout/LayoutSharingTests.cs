using System.Diagnostics;
using System.Globalization;
using OciTools.Layout;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Layout;

public sealed class LayoutSharingTests : IDisposable
{
    private const string WorkerFolder = "OCI_TEST_LAYOUT";
    private const string WorkerNumber = "OCI_TEST_WORKER";
    private const int ImagesPerWorker = 5;

    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _layout.Dispose();

    [Fact]
    public async Task Many_stores_of_one_process_lose_nothing()
    {
        Descriptor[] images = [.. Enumerable.Range(0, 20).Select(i => AddImage($"image {i}"))];

        await Task.WhenAll(images.Select(
            (image, i) => Task.Run(() => _layout.SaveAsync(image, $"v{i}"), Cancellation)));

        Assert.Equal(
            images.Select((image, i) => $"v{i} {image.Digest}").Order(),
            _layout.ReadEntries().Select(entry =>
                $"{entry["annotations"]!["org.opencontainers.image.ref.name"]} {entry["digest"]}").Order());
        _layout.AssertSound();
    }

    [Fact]
    public async Task The_same_blob_from_many_tasks_and_stores_arrives_once_and_right()
    {
        byte[] content = new byte[3_000_000];
        new Random(3).NextBytes(content);
        Descriptor blob = _layout.Source.AddBlob(content, MediaTypes.OciLayer);
        await using var first = LayoutStore.OpenOrCreate(_layout.Root);
        await using var second = LayoutStore.OpenOrCreate(_layout.Root);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            (i % 2 == 0 ? first : second).WriteBlobAsync(blob, _layout.Source, false, null, Cancellation)));
        await first.CompleteAsync(Cancellation);
        await second.CompleteAsync(Cancellation);

        Assert.Equal(content, File.ReadAllBytes(_layout.BlobPath(blob.Digest)));
        Assert.Single(Directory.EnumerateFiles(Path.Combine(_layout.Root, "blobs", "sha256")));
        _layout.AssertSound();
    }

    [Fact]
    public async Task A_blob_whose_writer_has_not_let_go_of_it_yet_is_waited_for()
    {
        Descriptor image = AddImage("a");
        await _layout.SaveAsync(image, "v1");
        await using var store = LayoutStore.Open(_layout.Root);
        var writer = new FileStream(
            _layout.BlobPath(image.Digest), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Task<bool> check = store.HasAsync(image, verify: true, Cancellation);
        Task<RawDocument> read = store.ReadDocumentAsync(image, Cancellation);
        Task<Stream> open = store.OpenBlobAsync(image, 0, Cancellation);
        Assert.False(check.IsCompleted || read.IsCompleted || open.IsCompleted);
        await writer.DisposeAsync();

        Assert.True(await check);
        Assert.Equal(image.Digest, (await read).Digest);
        await using Stream content = await open;
    }

    [Fact]
    public async Task Many_processes_lose_nothing()
    {
        const int Workers = 3;

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(number => RunWorkerAsync(number)));

        Assert.Equal(
            Enumerable.Range(0, Workers * ImagesPerWorker)
                .Select(i => $"w{i / ImagesPerWorker}-{i % ImagesPerWorker}").Order(),
            _layout.ReadEntries().Select(entry =>
                $"{entry["annotations"]!["org.opencontainers.image.ref.name"]}").Order());
        _layout.AssertSound();
    }

    [Fact]
    public async Task Without_locks_one_process_writes_all_the_same_and_is_warned()
    {
        await RunWorkerAsync(0, ("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "true"));

        Assert.Equal(ImagesPerWorker, _layout.ReadEntries().Length);
        _layout.AssertSound();
    }

    /// <summary>What a process does that another test starts.</summary>
    [Fact(Explicit = true)]
    public async Task Worker()
    {
        string? folder = Environment.GetEnvironmentVariable(WorkerFolder);
        Assert.SkipWhen(folder is null, "This runs in a process of its own, started by another test.");
        string number = Environment.GetEnvironmentVariable(WorkerNumber)!;
        bool hasLocks = Environment.GetEnvironmentVariable("DOTNET_SYSTEM_IO_DISABLEFILELOCKING") is null;
        for (int i = 0; i < ImagesPerWorker; i++)
        {
            Descriptor image = AddImage($"worker {number} image {i}");
            RawDocument document = await _layout.Source.ReadDocumentAsync(image, Cancellation);
            var events = new Support.EventLog();
            await using var store = LayoutStore.OpenOrCreate(folder, events);
            foreach (Descriptor child in document.Children)
                await store.WriteBlobAsync(child, _layout.Source, false, null, Cancellation);
            await store.WriteDocumentAsync(document, image, $"w{number}-{i}", true, Cancellation);
            await store.CompleteAsync(Cancellation);
            Assert.Equal(hasLocks ? 0 : 1, events.Count);
        }
    }

    [Fact]
    public async Task A_lock_that_is_held_too_long_is_an_error_that_names_it()
    {
        Descriptor image = AddImage("a");
        await _layout.SaveAsync(image, "v1");
        string path = Path.Combine(_layout.Root, ".ocitools", "lock");
        await using var holder = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root, null, TimeSpan.Zero);
        await store.WriteBlobAsync(_layout.Source.AddLayer("b"), _layout.Source, false, null, Cancellation);

        var exception = await Assert.ThrowsAsync<OciException>(() => store.CompleteAsync(Cancellation));

        Assert.Equal(OciErrorCode.LayoutLocked, exception.Code);
        Assert.True(exception.IsTransient);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_is_released_is_taken()
    {
        string path = Path.Combine(_layout.Root, ".ocitools", "lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var holder = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Task save = _layout.SaveAsync(AddImage("a"), "v1");

        Assert.False(save.IsCompleted);
        Assert.False(File.Exists(_layout.IndexPath));
        await holder.DisposeAsync();
        await save;

        Assert.Single(_layout.ReadEntries());
    }

    [Fact]
    public async Task Waiting_for_the_lock_can_be_cancelled()
    {
        string path = Path.Combine(_layout.Root, ".ocitools", "lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var holder = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        await store.WriteBlobAsync(_layout.Source.AddLayer("b"), _layout.Source, false, null, Cancellation);
        using var cancel = new CancellationTokenSource();

        Task complete = store.CompleteAsync(cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => complete);
    }

    private async Task RunWorkerAsync(int number, params (string Name, string Value)[] environment)
    {
        string assembly = typeof(LayoutSharingTests).Assembly.Location;
        var start = new ProcessStartInfo(
            Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null),
            ["-explicit", "only", "-method", $"{typeof(LayoutSharingTests).FullName}.{nameof(Worker)}"])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                [WorkerFolder] = _layout.Root,
                [WorkerNumber] = number.ToString(CultureInfo.InvariantCulture),
            },
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, output);
    }

    private Descriptor AddImage(string layer) =>
        _layout.Source.AddImage("linux/amd64", [_layout.Source.AddLayer(layer)]);
}
