using System.Diagnostics;
using System.Net.Http.Headers;
using OciTools.Layout;
using OciTools.Registry;
using OciTools.Testing;
using OciTools.Tests.Registry;

namespace OciTools.Tests.Layout;

public sealed class RangedTransferTests : IAsyncLifetime
{
    private const string WorkerFolder = "OCI_TEST_RANGES_LAYOUT";
    private const string WorkerHost = "OCI_TEST_RANGES_HOST";
    private const int Chunk = 8 * 1024 * 1024;
    private const int Size = (9 * Chunk) + 12_345;
    private const int SlowBytesPerSecond = 20_000_000;

    private static readonly byte[] s_content = MakeContent();
    private static readonly Descriptor s_blob = new()
    {
        MediaType = MediaTypes.OciLayer,
        Digest = Digest.Compute(s_content),
        Size = Size,
    };

    private readonly LayoutFixture _layout = new();
    private readonly RegistryFixture _fixture = new();
    private readonly Support.EventLog _events = new();
    private TestRegistry _registry = null!;
    private LatencyProxy _proxy = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static RegistryOptions Parallel { get; } = RegistryFixture.Options with
    {
        Transport = RegistryFixture.Options.Transport with { ParallelBlobSize = Chunk },
    };

    private string Staging => Path.Combine(_layout.Root, ".ocitools", "staging");

    private RangeItemHeaderValue[] Ranges =>
        [.. _registry.Requests.Select(request => request.Header("Range")).OfType<string>()
            .Select(range => RangeHeaderValue.Parse(range).Ranges.Single())];

    private IEnumerable<string> Decisions => Enumerable.Range(0, _events.Count).Select(i => _events[i])
        .Where(item => item.Kind == TransferEventKind.Decided).Select(item => item.Message!);

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _registry.AddBlob("app", s_content);
        _proxy = LatencyProxy.Start(
            _registry.Port, new LatencyProxyOptions { BytesPerSecond = SlowBytesPerSecond });
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _registry.DisposeAsync();
        _layout.Dispose();
    }

    [Fact]
    public async Task A_large_blob_on_a_slow_line_comes_over_several_connections()
    {
        await SaveAsync();

        AssertSaved();
        Assert.Contains("over 6", Assert.Single(Decisions));
        Assert.InRange(_proxy.ConnectionCount, 6, 7);
        // The parts follow each other without a gap or an overlap, to the end.
        RangeItemHeaderValue[] parts = [.. Ranges.OrderBy(range => range.From)];
        Assert.Equal(parts[1..].Select(range => range.From), parts[..^1].Select(range => range.To + 1));
        Assert.Equal(Size - 1, parts[^1].To);
        Assert.Equal(Size, _events[^1].Bytes);
    }

    [Theory]
    [InlineData(1, Chunk)]
    [InlineData(6, Size + 1)]
    public async Task One_connection_is_enough_when_the_profile_says_so(int connections, long from)
    {
        await SaveAsync(RegistryFixture.Options with
        {
            Transport = RegistryFixture.Options.Transport with
            {
                BlobConnections = connections,
                ParallelBlobSize = from,
            },
        });

        AssertSaved();
        Assert.Null(Assert.Single(_registry.Requests).Header("Range"));
    }

    [Theory]
    [InlineData(1_000_000, 499, false)]
    [InlineData(1_000_000, 500, true)]
    [InlineData(33_000_000, 500, true)]
    [InlineData(34_000_000, 500, false)]
    public void A_line_is_slow_when_a_whole_sample_was_waited_for(int bytes, int milliseconds, bool isSlow)
    {
        var speed = new LineSpeed(start: 77);

        Assert.Equal(isSlow, speed.IsSlow(77 + bytes, TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void A_line_that_was_fast_is_not_slow_for_a_moment_without_bytes()
    {
        var speed = new LineSpeed(start: 0);
        Assert.False(speed.IsSlow(200_000_000, TimeSpan.FromSeconds(1)));

        Assert.False(speed.IsSlow(201_000_000, TimeSpan.FromSeconds(2)));
        Assert.True(speed.IsSlow(202_000_000, TimeSpan.FromSeconds(4)));
    }

    [Fact]
    public async Task A_registry_that_ignores_ranges_is_read_over_one_connection()
    {
        _registry.Faults.Add(OnPart().Always().IgnoreRange());

        await SaveAsync();

        AssertSaved();
        Assert.Equal(2, Decisions.Count());
        Assert.Contains("does not send parts", Decisions.Last());
        Assert.EndsWith("over one connection from now on", Decisions.Last());
        // It goes on behind what had come.
        Assert.Null(Ranges[^1].To);
    }

    [Theory]
    [InlineData(416)]
    [InlineData(403)]
    public async Task A_registry_that_refuses_parts_is_read_over_one_connection(int status)
    {
        _registry.Faults.Add(OnPart().Always().Status(status));

        await SaveAsync();

        AssertSaved();
        Assert.EndsWith("over one connection from now on", Decisions.Last());
        Assert.Equal(2, Decisions.Count());
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_registry_that_throttles_gets_half_of_the_connections(int status)
    {
        _registry.Faults.Add(OnPart().Status(status));

        await SaveAsync();

        AssertSaved();
        Assert.EndsWith("over 3 connections from now on", Decisions.Last());
        Assert.Equal(2, Decisions.Count());
    }

    [Fact]
    public async Task A_registry_that_throttles_always_is_read_over_one_connection()
    {
        _registry.Faults.Add(OnPart().Always().Status(503));

        await SaveAsync();

        AssertSaved();
        Assert.EndsWith("over one connection from now on", Decisions.Last());
    }

    [Fact]
    public async Task A_part_that_breaks_goes_on_where_it_broke()
    {
        _registry.Faults.Add(OnPart().Sparing(1).CutAfter(1_000_000));

        await SaveAsync();

        AssertSaved();
        RangeItemHeaderValue rest = Assert.Single(Ranges, range =>
            Ranges.Any(part => part.To == range.To && part.From == range.From - 1_000_000));
        Assert.Equal(Chunk - 1_000_000, rest.To - rest.From + 1);
        Assert.Single(Decisions);
    }

    [Fact]
    public async Task A_wrong_byte_in_a_part_is_found_and_leaves_nothing()
    {
        _registry.Faults.Add(OnPart().Sparing(2).CorruptAt(5_000_000));

        OciException error = await Assert.ThrowsAsync<OciException>(() => SaveAsync());

        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
        Assert.False(File.Exists(_layout.BlobPath(s_blob.Digest)));
        _layout.AssertNothingStaged();
    }

    [Fact]
    public async Task After_an_orderly_stop_what_has_no_gap_is_kept_and_continued()
    {
        // One of the first parts never comes, those behind it do.
        Fault stall = _registry.Faults.Add(OnPart().When(IsEarlyPart).StallAfter(1000));
        using var cancel = new CancellationTokenSource();
        var stop = new StopWhen(Size - (2 * Chunk), () => cancel.Cancel());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SaveAsync(progress: stop, cancel: cancel));
        Assert.Equal(1, stall.Hits);
        FileInfo partial = new(Assert.Single(Directory.GetFiles(Staging)));
        Assert.Equal(2, partial.Name.Count(letter => letter == '.'));
        Assert.InRange(partial.Length, Chunk, 3 * Chunk);
        Assert.True(s_content.AsSpan(0, (int)partial.Length).SequenceEqual(File.ReadAllBytes(partial.FullName)));
        _registry.Faults.Clear();
        _registry.ClearRequests();

        await SaveAsync();

        AssertSaved();
        Assert.InRange(Ranges.Min(range => range.From)!.Value, partial.Length - 4095, partial.Length);
    }

    [Fact]
    public async Task After_a_killed_process_what_has_no_gap_is_continued()
    {
        _registry.Faults.Add(OnPart().When(IsEarlyPart).StallAfter(1000));
        Assert.NotEqual(0, await RunWorkerAsync());
        FileInfo partial = new(Assert.Single(Directory.GetFiles(Staging)));
        long solid = LayoutPaths.SolidLength(partial.Name)!.Value;
        Assert.InRange(solid, Chunk, 3 * Chunk);
        Assert.True(partial.Length > solid);
        _registry.Faults.Clear();
        _registry.ClearRequests();

        await SaveAsync();

        AssertSaved();
        Assert.InRange(Ranges.Min(range => range.From)!.Value, solid - 4095, solid);
        Assert.DoesNotContain(
            Enumerable.Range(0, _events.Count).Select(i => _events[i].Kind), kind => kind == TransferEventKind.Warned);
    }

    [Fact]
    public async Task A_full_disk_is_an_error_and_what_has_no_gap_is_kept()
    {
        using SmallFileSystem disk = await SmallFileSystem.MountAsync(megabytes: 40);
        string root = Path.Combine(disk.Path, "layout");
        await using var store = LayoutStore.OpenOrCreate(root);

        OciException error = await Assert.ThrowsAsync<OciException>(() => store.WriteBlobAsync(
            s_blob, _fixture.Open(_proxy.Host, "app", Parallel), false, _events, Cancellation));

        Assert.Equal(OciErrorCode.WriteFailed, error.Code);
        FileInfo partial = new(Assert.Single(Directory.GetFiles(Path.Combine(root, ".ocitools", "staging"))));
        Assert.InRange(partial.Length, PartialBlobs.WorthKeeping, 40 * 1024 * 1024);
        Assert.True(s_content.AsSpan(0, (int)partial.Length).SequenceEqual(File.ReadAllBytes(partial.FullName)));
    }

    /// <summary>What a process does that another test starts: it saves the blob and kills itself on the way.</summary>
    [Fact(Explicit = true)]
    public async Task Worker()
    {
        string? folder = Environment.GetEnvironmentVariable(WorkerFolder);
        Assert.SkipWhen(folder is null, "This runs in a process of its own, started by another test.");
        await using var store = LayoutStore.OpenOrCreate(folder);
        RegistryStore source = _fixture.Open(Environment.GetEnvironmentVariable(WorkerHost)!, "app", Parallel);
        using Process self = Process.GetCurrentProcess();
        await store.WriteBlobAsync(
            s_blob, source, false, new StopWhen(Size - (2 * Chunk), self.Kill), Cancellation);
    }

    private static byte[] MakeContent()
    {
        byte[] content = new byte[Size];
        new Random(4).NextBytes(content);
        return content;
    }

    private static Fault OnPart() => Fault.On("GET", "/blobs/").When(IsPart);

    private static bool IsPart(Microsoft.AspNetCore.Http.HttpContext context) =>
        PartOf(context) is { From: not null, To: not null };

    private static bool IsEarlyPart(Microsoft.AspNetCore.Http.HttpContext context) =>
        PartOf(context) is { From: > Chunk and < 3 * Chunk, To: >= 2 * Chunk and < 4 * Chunk };

    private static RangeItemHeaderValue? PartOf(Microsoft.AspNetCore.Http.HttpContext context) =>
        RangeHeaderValue.TryParse(context.Request.Headers.Range, out RangeHeaderValue? range)
            ? range.Ranges.Single()
            : null;

    private async Task SaveAsync(
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        CancellationTokenSource? cancel = null)
    {
        CancellationToken token = cancel?.Token ?? Cancellation;
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        RegistryStore source = _fixture.Open(_proxy.Host, "app", options ?? Parallel);
        await store.WriteBlobAsync(s_blob, source, false, progress ?? _events, token);
        await store.CompleteAsync(token);
    }

    private void AssertSaved()
    {
        Assert.True(s_content.AsSpan().SequenceEqual(File.ReadAllBytes(_layout.BlobPath(s_blob.Digest))));
        _layout.AssertNothingStaged();
    }

    private async Task<int> RunWorkerAsync()
    {
        string assembly = typeof(RangedTransferTests).Assembly.Location;
        var start = new ProcessStartInfo(
            Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null),
            ["-explicit", "only", "-method", $"{typeof(RangedTransferTests).FullName}.{nameof(Worker)}"])
        {
            RedirectStandardOutput = true,
            Environment = { [WorkerFolder] = _layout.Root, [WorkerHost] = _proxy.Host },
        };
        using Process process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        return process.ExitCode;
    }

    /// <summary>Does something, once, when so many bytes have come.</summary>
    private sealed class StopWhen(long bytes, Action stop) : IProgress<TransferEvent>
    {
        private int _stopped;

        public void Report(TransferEvent value)
        {
            if (value.Kind == TransferEventKind.Advanced && value.Bytes >= bytes
                && Interlocked.Exchange(ref _stopped, 1) == 0)
                stop();
        }
    }
}
