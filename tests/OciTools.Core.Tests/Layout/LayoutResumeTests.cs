using System.Diagnostics;
using System.Security.Cryptography;
using OciTools.Layout;
using OciTools.Testing;
using OciTools.Tests.Registry;

namespace OciTools.Tests.Layout;

public sealed class LayoutResumeTests : IAsyncLifetime
{
    private const string WorkerFolder = "OCI_TEST_RESUME_LAYOUT";
    private const string WorkerHost = "OCI_TEST_RESUME_HOST";
    private const string WorkerBlob = "OCI_TEST_RESUME_BLOB";
    private const string DisableLocks = "DOTNET_SYSTEM_IO_DISABLEFILELOCKING";
    private const int Size = (8 * 1024 * 1024) + 77;
    private const int Kept = 5 * 1024 * 1024;

    private readonly LayoutFixture _layout = new();
    private readonly RegistryFixture _fixture = new();
    private readonly Support.EventLog _events = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Size);
    private TestRegistry _registry = null!;
    private Descriptor _blob = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Staging => Path.Combine(_layout.Root, ".ocitools", "staging");

    private string[] Partials => Directory.GetFiles(Staging, "*.partial");

    private IEnumerable<string?> Ranges => _registry.Requests.Select(request => request.Header("Range"));

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _blob = _registry.AddBlob("app", _content);
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        _layout.Dispose();
    }

    [Fact]
    public async Task After_a_killed_process_only_the_rest_is_fetched()
    {
        Assert.NotEqual(0, await RunWorkerAsync());
        long length = new FileInfo(Assert.Single(Partials)).Length;
        Assert.InRange(length, Kept, Size - 1);
        _registry.ClearRequests();

        await SaveAsync();

        AssertSaved();
        Assert.Equal([$"bytes={length - (length % 4096)}-"], Ranges);
        TransferEvent resumed = Assert.Single(EventsOf(TransferEventKind.Resumed));
        Assert.Equal(length - (length % 4096), resumed.Bytes);
        Assert.Contains($"at byte {resumed.Bytes} of {Size}", resumed.Message);
    }

    [Fact]
    public async Task After_a_cancelled_transfer_only_the_rest_is_fetched()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").StallAfter(Kept));
        using var cancel = new CancellationTokenSource();
        Task save = SaveAsync(cancel);
        await ArrivedAsync();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        long length = new FileInfo(Assert.Single(Partials)).Length;
        _registry.ClearRequests();

        await SaveAsync();

        AssertSaved();
        Assert.Equal([$"bytes={length}-"], Ranges);
    }

    [Fact]
    public async Task After_a_line_that_stays_broken_only_the_rest_is_fetched()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").CutAfter(Kept));
        Fault broken = _registry.Faults.Add(Fault.On("GET", "/blobs/").CutAfter(0).Always());
        OciException error = await Assert.ThrowsAsync<OciException>(() => SaveAsync());
        Assert.Equal(OciErrorCode.ConnectionFailed, error.Code);
        Assert.True(broken.Hits > 0);
        _registry.Faults.Clear();
        _registry.ClearRequests();

        await SaveAsync();

        AssertSaved();
        Assert.Equal([$"bytes={Kept - (Kept % BlockBuffers.Length)}-"], Ranges);
    }

    [Fact]
    public async Task After_a_full_disk_only_the_rest_is_fetched()
    {
        using SmallFileSystem disk = await SmallFileSystem.MountAsync(megabytes: 12);
        string root = Path.Combine(disk.Path, "layout");
        string ballast = Path.Combine(disk.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[6 * 1024 * 1024], Cancellation);
        await using (LayoutStore store = LayoutStore.OpenOrCreate(root))
        {
            OciException error = await Assert.ThrowsAsync<OciException>(() => SaveToAsync(store));
            Assert.Equal(OciErrorCode.WriteFailed, error.Code);
        }

        File.Delete(ballast);
        _registry.ClearRequests();
        await using (LayoutStore store = LayoutStore.OpenOrCreate(root))
            await SaveToAsync(store);

        string range = Assert.Single(Ranges)!;
        Assert.InRange(long.Parse(range["bytes=".Length..^1]), 1024 * 1024, Size - 1);
        Assert.Equal(_content, await File.ReadAllBytesAsync(
            Path.Combine(root, "blobs", "sha256", _blob.Digest.Hex), Cancellation));
    }

    [Theory]
    [InlineData(Kept)]
    [InlineData(Kept + 1)]
    [InlineData(Size - 1)]
    public async Task A_part_of_any_length_is_continued(int length)
    {
        LeavePartial(_content[..length]);

        await SaveAsync();

        AssertSaved();
        Assert.Equal([$"bytes={length - (length % 4096)}-"], Ranges);
    }

    [Fact]
    public async Task A_part_that_is_whole_needs_no_request()
    {
        LeavePartial(_content);

        await SaveAsync();

        AssertSaved();
        Assert.Empty(_registry.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    [InlineData(Size - 1)]
    public async Task A_part_that_is_damaged_never_makes_a_save_fail(int at)
    {
        byte[] damaged = [.. _content];
        damaged[at] ^= 1;
        LeavePartial(damaged[..Math.Max(Kept, at + 1)]);

        await SaveAsync();

        AssertSaved();
        Assert.Null(_registry.Requests[^1].Header("Range"));
        TransferEvent warning = Assert.Single(EventsOf(TransferEventKind.Warned));
        Assert.Contains("from the start", warning.Message);
    }

    [Fact]
    public async Task Zeros_that_a_crash_left_never_make_a_save_fail()
    {
        byte[] content = _content[..Kept];
        Array.Clear(content, 4 * 1024 * 1024, 1024 * 1024);
        LeavePartial(content);

        await SaveAsync();

        AssertSaved();
        Assert.Single(EventsOf(TransferEventKind.Warned));
    }

    [Fact]
    public async Task A_part_that_is_too_long_is_removed()
    {
        LeavePartial([.. _content, 1]);

        await SaveAsync();

        AssertSaved();
        Assert.Equal([null], Ranges);
    }

    [Fact]
    public async Task Of_several_parts_the_longest_is_continued_and_none_is_left()
    {
        LeavePartial(_content[..(Kept / 2)]);
        LeavePartial(_content[..Kept]);
        LeavePartial(_content[..10]);

        await SaveAsync();

        AssertSaved();
        Assert.Equal([$"bytes={Kept}-"], Ranges);
    }

    [Fact]
    public async Task A_registry_without_ranges_sends_all_again_and_is_named_once()
    {
        LeavePartial(_content[..Kept]);
        _registry.Faults.Add(Fault.On("GET", "/blobs/").IgnoreRange().Always());

        await SaveAsync();

        AssertSaved();
        string message = Assert.Single(_fixture.Messages(TransferEventKind.Decided));
        Assert.Contains($"does not send parts of a blob; reading {Kept} bytes", message);
    }

    [Theory]
    [InlineData("bytes 0-8388684/8388685")]
    [InlineData("bytes 5242881-8388684/8388685")]
    [InlineData("bytes 5242880-8388684/8388686")]
    public async Task An_answer_for_another_part_is_never_added(string contentRange)
    {
        LeavePartial(_content[..Kept]);
        _registry.Faults.Add(
            Fault.On("GET", "/blobs/").When(context => context.Request.Headers.Range.Count > 0).Always()
                .Header("Content-Range", contentRange));

        await SaveAsync();

        AssertSaved();
        Assert.Equal([$"bytes={Kept}-", null], Ranges);
        Assert.Single(EventsOf(TransferEventKind.Warned));
    }

    [Fact]
    public async Task What_another_writer_holds_is_neither_used_nor_removed()
    {
        Fault stall = _registry.Faults.Add(Fault.On("GET", "/blobs/").StallAfter(Kept));
        Task first = SaveAsync();
        await ArrivedAsync();
        string partial = Assert.Single(Partials);

        await SaveAsync();

        Assert.Equal([null, null], Ranges);
        Assert.Equal([partial], Partials);
        stall.Release();
        await first;
        AssertSaved();
    }

    [Fact]
    public async Task Without_locks_nothing_is_taken_over_and_nothing_removed()
    {
        string partial = LeavePartial(_content[..Kept]);

        Assert.Equal(0, await RunWorkerAsync((DisableLocks, "true")));

        Assert.Equal([null], Ranges);
        Assert.Equal([partial], Partials);
        Assert.Equal(_content, File.ReadAllBytes(_layout.BlobPath(_blob.Digest)));
    }

    [Fact]
    public async Task A_link_in_place_of_a_part_is_not_followed()
    {
        string outside = Path.Combine(Path.GetDirectoryName(_layout.Root)!, "outside");
        await File.WriteAllBytesAsync(outside, _content[..Kept], Cancellation);
        Directory.CreateDirectory(Staging);
        File.CreateSymbolicLink(Path.Combine(Staging, $"{_blob.Digest.Hex}.1.partial"), outside);

        await SaveAsync();

        Assert.Equal([null], Ranges);
        Assert.Equal(_content[..Kept], await File.ReadAllBytesAsync(outside, Cancellation));
    }

    [Fact]
    public async Task Content_that_is_wrong_leaves_nothing_to_continue()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").CorruptAt(Kept));

        OciException error = await Assert.ThrowsAsync<OciException>(() => SaveAsync());

        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
        _layout.AssertNothingStaged();
    }

    [Fact]
    public async Task Old_parts_are_removed_unless_somebody_holds_them()
    {
        string free = LeavePartial(_content[..Kept], new string('a', 64));
        string held = LeavePartial(_content[..Kept], new string('b', 64));
        foreach (string path in (string[])[free, held])
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-25));
        await using var holder = new FileStream(held, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        await SaveAsync();

        Assert.Equal([held], Partials);
    }

    /// <summary>
    /// What a process does that another test starts: it saves the blob, and kills itself on the way while it has locks.
    /// </summary>
    [Fact(Explicit = true)]
    public async Task Worker()
    {
        string? folder = Environment.GetEnvironmentVariable(WorkerFolder);
        Assert.SkipWhen(folder is null, "This runs in a process of its own, started by another test.");
        bool isVictim = Environment.GetEnvironmentVariable(DisableLocks) is null;
        var blob = new Descriptor
        {
            MediaType = MediaTypes.OciLayer,
            Digest = Digest.Parse(Environment.GetEnvironmentVariable(WorkerBlob)!),
            Size = Size,
        };
        var store = LayoutStore.OpenOrCreate(folder);
        var source = _fixture.Open(Environment.GetEnvironmentVariable(WorkerHost)!, "app");
        await store.WriteBlobAsync(blob, source, false, new Suicide(isVictim), Cancellation);
        await store.DisposeAsync();
    }

    private string LeavePartial(byte[] content, string? hex = null)
    {
        Directory.CreateDirectory(Staging);
        string path = Path.Combine(Staging, $"{hex ?? _blob.Digest.Hex}.{Guid.NewGuid():N}.partial");
        File.WriteAllBytes(path, content);
        return path;
    }

    private async Task SaveAsync(CancellationTokenSource? cancel = null)
    {
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        await SaveToAsync(store, cancel);
    }

    private async Task SaveToAsync(LayoutStore store, CancellationTokenSource? cancel = null)
    {
        CancellationToken token = cancel?.Token ?? Cancellation;
        await store.WriteBlobAsync(_blob, _fixture.Open(_registry.Host, "app"), false, _events, token);
        await store.CompleteAsync(token);
    }

    private Task ArrivedAsync() => _events
        .SeenAsync(item => item.Kind == TransferEventKind.Advanced && item.Bytes > 2 * 1024 * 1024)
        .WaitAsync(Cancellation);

    private IEnumerable<TransferEvent> EventsOf(TransferEventKind kind) =>
        Enumerable.Range(0, _events.Count).Select(i => _events[i]).Where(item => item.Kind == kind);

    private void AssertSaved()
    {
        Assert.Equal(_content, File.ReadAllBytes(_layout.BlobPath(_blob.Digest)));
        _layout.AssertNothingStaged();
    }

    private async Task<int> RunWorkerAsync(params (string Name, string Value)[] environment)
    {
        string assembly = typeof(LayoutResumeTests).Assembly.Location;
        var start = new ProcessStartInfo(
            Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null),
            ["-explicit", "only", "-method", $"{typeof(LayoutResumeTests).FullName}.{nameof(Worker)}"])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                [WorkerFolder] = _layout.Root,
                [WorkerHost] = _registry.Host,
                [WorkerBlob] = _blob.Digest.ToString(),
            },
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return process.ExitCode;
    }

    /// <summary>Kills its own process (SIGKILL) when enough bytes have been written.</summary>
    private sealed class Suicide(bool isMeant) : IProgress<TransferEvent>
    {
        public void Report(TransferEvent value)
        {
            if (!isMeant || value.Kind != TransferEventKind.Advanced || value.Bytes < Kept)
                return;
            using Process self = Process.GetCurrentProcess();
            self.Kill();
        }
    }
}
