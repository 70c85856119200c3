using System.Security.Cryptography;
using OciTools.Registry;
using OciTools.Testing;

namespace OciTools.Tests.Registry;

public sealed class ResumableBlobStreamTests : IAsyncLifetime
{
    private const int Length = 300_000;

    private readonly RegistryFixture _fixture = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Length);
    private TestRegistry _registry = null!;
    private Descriptor _blob = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _blob = _registry.AddBlob("app", _content);
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Reads_a_blob_in_one_request()
    {
        Assert.Equal(_content, await ReadAsync());
        Assert.Empty(_fixture.Messages(TransferEventKind.Retried));
        Assert.Single(_registry.Requests);
        Assert.Null(_registry.Requests[0].Header("Range"));
    }

    [Fact]
    public async Task Starts_at_an_offset()
    {
        Assert.Equal(_content[1000..], await ReadAsync(offset: 1000));
        Assert.Equal("bytes=1000-", _registry.Requests[0].Header("Range"));
    }

    [Fact]
    public async Task Is_empty_at_the_end_without_a_request()
    {
        Assert.Empty(await ReadAsync(offset: Length));
        Assert.Empty(_registry.Requests);
    }

    [Fact]
    public async Task Goes_on_where_the_connection_broke()
    {
        _registry.Faults.Add(OnBlob().CutAfter(100_000));

        Assert.Equal(_content, await ReadAsync());
        Assert.Equal("bytes=100000-", _registry.Requests[1].Header("Range"));
        string message = Assert.Single(_fixture.Messages(TransferEventKind.Retried));
        Assert.Contains("stopped at byte 100000 of 300000", message);
    }

    [Fact]
    public async Task Goes_on_after_several_resets()
    {
        _registry.Faults.Add(OnBlob().ResetAfter(80_000).Times(3));

        Assert.Equal(_content, await ReadAsync());
        Assert.Equal(4, _registry.Requests.Count);
    }

    [Fact]
    public async Task Goes_on_after_silence()
    {
        _registry.Faults.Add(OnBlob().StallAfter(70_000));

        Assert.Equal(_content, await ReadAsync(idleTimeout: TimeSpan.FromSeconds(1)));
        // A machine that is busy may be silent more often.
        Assert.Contains(
            _fixture.Messages(TransferEventKind.Retried),
            message => message.Contains("nothing arrived", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Goes_on_for_as_long_as_there_is_progress()
    {
        // Six breaks with a limit of three attempts: each one brings enough.
        _registry.Faults.Add(OnBlob().CutAfter(ProgressThatCounts).Always());

        Assert.Equal(_content, await ReadAsync());
        Assert.Equal((Length + ProgressThatCounts - 1) / ProgressThatCounts, _registry.Requests.Count);
    }

    [Fact]
    public async Task Gives_up_when_attempts_bring_nothing()
    {
        _registry.Faults.Add(OnBlob().CutAfter(100).Always());

        OciException error = await Assert.ThrowsAsync<OciException>(() => ReadAsync());
        Assert.Equal(OciErrorCode.ConnectionFailed, error.Code);
        Assert.True(error.IsTransient);
        // The first attempt and as many more as the profile allows.
        Assert.Equal(1 + RegistryFixture.Options.Transport.MaximumRetryCount, _registry.Requests.Count);
    }

    [Fact]
    public async Task Reads_forward_when_the_registry_ignores_ranges()
    {
        _registry.Faults.Add(OnBlob().CutAfter(100_000));
        _registry.Faults.Add(OnBlob().IgnoreRange());

        Assert.Equal(_content, await ReadAsync());
        Assert.Contains("reading 100000 bytes", Assert.Single(_fixture.Messages(TransferEventKind.Decided)));
    }

    [Theory]
    [InlineData("bytes 5-299999/300000")]
    [InlineData("bytes 100001-299999/300000")]
    [InlineData("nonsense")]
    [InlineData(null)]
    public async Task Refuses_another_part_than_it_asked_for(string? contentRange)
    {
        _registry.Faults.Add(OnBlob().CutAfter(100_000));
        _registry.Faults.Add(OnBlob().Header("Content-Range", contentRange));

        OciException error = await Assert.ThrowsAsync<OciException>(() => ReadAsync());
        Assert.Equal(OciErrorCode.RegistryProtocol, error.Code);
    }

    [Fact]
    public async Task Refuses_a_part_of_a_blob_of_another_size()
    {
        _registry.Faults.Add(OnBlob().CutAfter(100_000));
        _registry.Faults.Add(OnBlob().Header("Content-Range", "bytes 100000-299999/300001"));

        OciException error = await Assert.ThrowsAnyAsync<OciException>(() => ReadAsync());
        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
    }

    [Fact]
    public async Task Refuses_a_length_that_is_not_the_descriptors_before_reading()
    {
        _registry.Faults.Add(OnBlob().DropLast(1));

        OciException error = await Assert.ThrowsAnyAsync<OciException>(() => ReadAsync());
        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
        Assert.Same(_blob, error.Target);
    }

    [Fact]
    public async Task Refuses_a_blob_that_ends_early_for_good()
    {
        Descriptor promised = _blob with { Size = Length + 10 };
        _registry.Faults.Add(OnBlob().WithoutLength().Always());

        OciException error = await Assert.ThrowsAnyAsync<OciException>(() => ReadAsync(promised));
        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
    }

    [Fact]
    public async Task Refuses_a_body_that_is_compressed_for_the_transport()
    {
        _registry.Faults.Add(OnBlob().Gzip());

        OciException error = await Assert.ThrowsAsync<OciException>(() => ReadAsync());
        Assert.Equal(OciErrorCode.RegistryProtocol, error.Code);
    }

    [Fact]
    public async Task Stops_at_once_when_cancelled()
    {
        Fault stall = _registry.Faults.Add(OnBlob().StallAfter(1000));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using Stream stream = await Store().OpenBlobAsync(_blob, 0, stop.Token);
        Task<byte[]> reading = stream.ReadAllAsync(stop.Token);
        await stall.Reached;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public async Task Says_which_blob_is_missing()
    {
        _registry.RemoveBlob("app", _blob.Digest);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(() => ReadAsync());
        Assert.Equal(OciErrorCode.BlobNotFound, error.Code);
        Assert.Contains(_blob.Digest.ToString(), error.Message);
    }

    [Fact]
    public async Task Takes_an_external_layer_from_its_urls_only_over_https()
    {
        _registry.RemoveBlob("app", _blob.Digest);
        Uri file = _registry.AddFile("/elsewhere", _content);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => ReadAsync(_blob with { Urls = [file.ToString()] }));
        Assert.Equal(OciErrorCode.BlobNotFound, error.Code);
        Assert.DoesNotContain(_registry.Requests, request => request.Path == "/elsewhere");
    }

    [Fact]
    public async Task Takes_an_external_layer_without_credentials()
    {
        await using TestRegistry elsewhere = await TestRegistry.StartAsync(new TestRegistryOptions { Tls = true });
        Uri file = elsewhere.AddFile("/layer", _content);
        _registry.RemoveBlob("app", _blob.Digest);
        _registry.Options.Auth = RegistryAuth.Basic;
        RegistryOptions options = RegistryFixture.Options with
        {
            Credential = new(_registry.Options.UserName, _registry.Options.Password),
            Transport = RegistryFixture.Options.Transport with { SkipCertificateCheck = true },
        };
        // A cut shows that it goes on at the same place, again without credentials.
        elsewhere.Faults.Add(Fault.On("GET", "/layer").CutAfter(100_000));

        Descriptor external = _blob with { Urls = [file.ToString()] };
        await using Stream stream =
            await _fixture.Open(_registry.Host, "app", options).OpenBlobAsync(external, 0, Token);
        Assert.Equal(_content, await stream.ReadAllAsync(Token));
        Assert.Equal(2, elsewhere.Requests.Count);
        Assert.All(elsewhere.Requests, request => Assert.Null(request.Authorization));
        Assert.Contains(_registry.Requests, request => request.Authorization is not null);
    }

    private const int ProgressThatCounts = 64 * 1024;

    private static Fault OnBlob() => Fault.On("GET", "/blobs/");

    private RegistryStore Store(TimeSpan? idleTimeout = null) => _fixture.Open(
        _registry.Host,
        "app",
        idleTimeout is { } idle
            ? RegistryFixture.Options with { Transport = RegistryFixture.Options.Transport with { IdleTimeout = idle } }
            : null);

    private async Task<byte[]> ReadAsync(Descriptor? blob = null, long offset = 0, TimeSpan? idleTimeout = null)
    {
        await using Stream stream = await Store(idleTimeout).OpenBlobAsync(blob ?? _blob, offset, Token);
        return await stream.ReadAllAsync(Token);
    }
}
