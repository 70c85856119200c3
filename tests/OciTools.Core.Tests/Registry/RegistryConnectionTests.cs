using System.Net;
using OciTools.Registry;
using OciTools.Testing;

namespace OciTools.Tests.Registry;

public sealed class RegistryConnectionTests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
    private TestRegistry _registry = null!;
    private TestRegistry _storage = null!;
    private byte[] _content = null!;
    private Descriptor _blob = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync(new TestRegistryOptions { Auth = RegistryAuth.Basic });
        _storage = await TestRegistry.StartAsync();
        _content = "some content"u8.ToArray();
        _blob = _registry.AddBlob("app", _content);
        _storage.AddFile("/bucket/object", _content);
    }

    public async ValueTask DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _storage.DisposeAsync();
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_to_another_host_is_followed_without_credentials(int status)
    {
        _registry.Faults.Add(Redirect($"{_storage.Url}bucket/object?signature=secret", status));

        Assert.Equal(_content, await ReadAsync());
        RecordedRequest request = Assert.Single(_storage.Requests);
        Assert.Null(request.Authorization);
        Assert.Equal("?signature=secret", request.Query);
        Assert.DoesNotContain(_fixture.Messages(TransferEventKind.Requested), message => message.Contains("secret"));
    }

    [Fact]
    public async Task A_redirect_within_the_registry_keeps_the_credentials()
    {
        _registry.AddBlob("other", _content);
        _registry.Faults.Add(Redirect($"/v2/other/blobs/{_blob.Digest}", 307));

        Assert.Equal(_content, await ReadAsync());
        Assert.NotNull(_registry.Requests[^1].Authorization);
    }

    [Fact]
    public async Task A_challenge_of_another_host_gets_no_answer()
    {
        _registry.Faults.Add(Redirect($"{_storage.Url}bucket/object", 307));
        _storage.Faults.Add(Fault.On("GET", "/bucket").Status(401).Header("WWW-Authenticate", "Basic realm=\"x\""));

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(ReadAsync);
        Assert.Equal(HttpStatusCode.Unauthorized, error.StatusCode);
        Assert.All(_storage.Requests, request => Assert.Null(request.Authorization));
        Assert.Single(_storage.Requests);
    }

    [Fact]
    public async Task Redirects_in_a_circle_end()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Always().RedirectTo(context => context.Request.Path));

        OciException error = await Assert.ThrowsAsync<OciException>(ReadAsync);
        Assert.Equal(OciErrorCode.UnsafeRedirect, error.Code);
        Assert.Equal(11, _registry.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_without_a_place_is_an_error()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Status(307));

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(ReadAsync);
        Assert.Equal(OciErrorCode.RegistryProtocol, error.Code);
    }

    [Fact]
    public async Task Says_what_to_do_when_an_https_registry_speaks_http()
    {
        RegistryStore store = _fixture.Open(_registry.Host, "app", Options with { PlainHttp = false });

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => store.FindAsync(store.Location.WithTag("latest"), Token));
        Assert.Equal(OciErrorCode.ConnectionFailed, error.Code);
        Assert.Contains("-PlainHttp", error.Message);
        Assert.Empty(_fixture.Messages(TransferEventKind.Retried));
    }

    [Fact]
    public async Task Says_that_nothing_listens()
    {
        TestRegistry gone = await TestRegistry.StartAsync();
        await gone.DisposeAsync();
        RegistryStore store = _fixture.Open(gone.Host, "app");

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => store.FindAsync(store.Location.WithTag("latest"), Token));
        Assert.Equal(OciErrorCode.ConnectionFailed, error.Code);
        Assert.True(error.IsTransient);
        Assert.Contains(gone.Host, error.Message);
    }

    [Fact]
    public async Task Says_that_a_name_does_not_resolve_without_trying_again()
    {
        RegistryStore store = _fixture.Open("registry.invalid", "app");

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => store.FindAsync(store.Location.WithTag("latest"), Token));
        Assert.Equal(OciErrorCode.ConnectionFailed, error.Code);
        Assert.Contains("registry.invalid", error.Message);
        Assert.Empty(_fixture.Messages(TransferEventKind.Retried));
    }

    [Fact]
    public async Task Probes_a_registry()
    {
        RegistryConnection connection = Store().Connection;
        await connection.ProbeAsync(_fixture, Token);
        Assert.Equal(["GET ", "GET "], RegistryFixture.Requests(_registry));
        Assert.Equal("Basic", connection.AuthenticationScheme);

        _registry.Faults.Add(Fault.On("GET", "/v2/").Status(404, "<html>", "text/html"));
        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => connection.ProbeAsync(_fixture, Token));
        Assert.Equal(OciErrorCode.RegistryProtocol, error.Code);
    }

    [Fact]
    public void Callers_with_equal_options_share_a_connection_and_others_do_not()
    {
        RegistryConnection first = Store().Connection;
        Assert.Same(first, _fixture.Open(_registry.Host, "other", Options with { }).Connection);
        Assert.NotSame(first, _fixture.Open(_registry.Host, "app").Connection);
        Assert.NotSame(
            first,
            _fixture.Open(_registry.Host, "app", Options with { Credential = new("alice", "another") }).Connection);
        _fixture.Session.Forget(_registry.Host);
        Assert.NotSame(first, Store().Connection);
    }

    private static Fault Redirect(string location, int status) =>
        Fault.On("GET", "/app/blobs/").RedirectTo(location, status).When(context =>
            context.Request.Headers.Authorization.Count > 0);

    private RegistryOptions Options => RegistryFixture.Options with
    {
        Credential = new(_registry.Options.UserName, _registry.Options.Password),
    };

    private RegistryStore Store() => _fixture.Open(_registry.Host, "app", Options);

    private async Task<byte[]> ReadAsync()
    {
        await using Stream stream = await Store().OpenBlobAsync(_blob, 0, Token);
        return await stream.ReadAllAsync(Token);
    }
}
