using OciTools.Registry;
using OciTools.Testing;
using OciTools.Tests.Support;
using OciTools.Transfer;

namespace OciTools.Tests.Registry;

/// <summary>Registries that are asked too much, and what bounds the asking.</summary>
public sealed class ThrottlingTests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
    private TestRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Uploads_that_are_refused_together_make_one_pause_and_arrive(int status)
    {
        TestImage image = TestImages.Single(layers: 5);
        var source = new MemoryStore(holdsCompleteGraphs: false);
        await FillAsync(source, image);
        HoldUntil("PUT", count: 6);
        _registry.Faults.Add(Fault.On("PUT", "/blobs/").Status(status).Times(6));

        IContentSink sink = _fixture.Session.OpenSink(
            ImageReference.ForRegistry(_registry.Host, "copy", "latest"), RegistryFixture.Options, _fixture);
        await new GraphCopier(source, sink, new GraphCopyOptions { Progress = _fixture })
            .CopyAsync(image.Root, "latest", null, Token);

        Assert.Equal(image.RootBytes, _registry.GetManifest("copy", "latest")?.Bytes);
        string told = Assert.Single(_fixture.Messages(TransferEventKind.Retried));
        Assert.Contains($"answered {status}; all requests to {_registry.Host} wait", told);
    }

    [Fact]
    public async Task A_body_that_breaks_off_waits_like_any_request_until_it_is_opened_again()
    {
        byte[] content = new byte[300_000];
        Random.Shared.NextBytes(content);
        Descriptor blob = _registry.AddBlob("app", content);
        _registry.Faults.Add(Fault.On("GET", "/blobs/").CutAfter(100_000));
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Status(429).Header("Retry-After", "0"));
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Status(503));

        await using Stream stream = await _fixture.Open(_registry.Host, "app").OpenBlobAsync(blob, 0, Token);
        using var read = new MemoryStream();
        await stream.CopyToAsync(read, Token);

        Assert.Equal(content, read.ToArray());
        Assert.Equal(
            ["", "429", "503"],
            _fixture.Messages(TransferEventKind.Retried).Select(message =>
                message.Contains("; all requests to ") ? message.Split("answered ")[1][..3] : ""));
        Assert.All(_registry.Requests.Skip(1), request => Assert.Equal("bytes=100000-", request.Header("Range")));
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_transfers_are_allowed()
    {
        TestImage image = TestImages.Single(layers: 16).AddTo(_registry, "app");
        await using TestRegistry target = await TestRegistry.StartAsync();
        HoldUntil("GET", count: 3);
        _registry.ClearRequests();

        IContentSink sink = _fixture.Session.OpenSink(
            ImageReference.ForRegistry(target.Host, "copy", "latest"), RegistryFixture.Options, _fixture);
        await new GraphCopier(
            _fixture.Open(_registry.Host, "app"), sink, new GraphCopyOptions { ThrottleLimit = 3 })
            .CopyAsync(image.Root, "latest", null, Token);

        Assert.Equal(3, _registry.PeakConcurrency);
        Assert.InRange(target.PeakConcurrency, 1, 3);
        Assert.InRange(_registry.ConnectionCount, 1, 4);
        Assert.InRange(target.ConnectionCount, 1, 4);
    }

    [Fact]
    public async Task A_bandwidth_limit_changes_no_byte_of_what_is_pulled_and_pushed()
    {
        byte[] content = new byte[200_000];
        Random.Shared.NextBytes(content);
        Descriptor blob = _registry.AddBlob("app", content);
        RegistryOptions options =
            RegistryFixture.Options with { Bandwidth = new BandwidthLimit(100_000_000) };
        RegistryStore source = _fixture.Open(_registry.Host, "app", options);
        IContentSink sink = _fixture.Session.OpenSink(
            ImageReference.ForRegistry(_registry.Host, "copy"), options, _fixture);
        var between = new MemoryStore(holdsCompleteGraphs: false);

        await between.WriteBlobAsync(blob, source, false, null, Token);
        await sink.WriteBlobAsync(blob, between, false, null, Token);
        Assert.Equal(content, _registry.GetBlob("copy", blob.Digest));
    }

    [Fact]
    public async Task A_quota_that_runs_low_is_told_once_for_each_callers_options()
    {
        TestImages.MultiPlatform().AddTo(_registry, "app");
        _registry.Faults.Add(Fault.On("*", "/manifests/").Always()
            .Header("RateLimit-Limit", "100").Header("RateLimit-Remaining", "3").Header("RateLimit-Reset", "90"));
        RegistryOptions command = new() { Transport = RegistryFixture.Options.Transport };
        ImageReference reference = ImageReference.Parse(_registry.Reference("app"));

        foreach (RegistryOptions options in (RegistryOptions[])[command, command with { Anonymous = false }])
            Assert.NotNull(await _fixture.Open(_registry.Host, "app", options).FindAsync(reference, Token));
        string told = Assert.Single(_fixture.Messages(TransferEventKind.Warned));
        Assert.StartsWith($"{_registry.Host} has 3 of 100 requests left until ", told);

        RegistryOptions another = new() { Transport = RegistryFixture.Options.Transport };
        Assert.NotNull(await _fixture.Open(_registry.Host, "app", another).FindAsync(reference, Token));
        Assert.Equal(2, _fixture.Messages(TransferEventKind.Warned).Count());
    }

    /// <summary>Lets requests for blobs go on when so many have come.</summary>
    private void HoldUntil(string method, int count)
    {
        var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _registry.Options.Middleware = async (context, next) =>
        {
            if (context.Request.Method == method && context.Request.Path.Value!.Contains("/blobs/"))
            {
                if (Interlocked.Decrement(ref count) == 0)
                    complete.SetResult();
                await complete.Task.WaitAsync(context.RequestAborted);
            }

            await next();
        };
    }

    private static async Task FillAsync(MemoryStore store, TestImage image)
    {
        await using TestRegistry origin = await TestRegistry.StartAsync();
        image.AddTo(origin, "app");
        await new GraphCopier(new RegistryFixture().Open(origin.Host, "app"), store)
            .CopyAsync(image.Root, "latest", null, Token);
    }
}
