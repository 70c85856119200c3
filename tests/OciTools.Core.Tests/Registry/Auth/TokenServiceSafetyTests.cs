using System.Net;
using OciTools.Testing;

namespace OciTools.Tests.Registry.Auth;

/// <summary>What a registry says must not bring a second server any credentials.</summary>
public sealed class TokenServiceSafetyTests
{
    private const string Token = """{"token":"t","expires_in":300}""";

    [Fact]
    public async Task A_token_service_under_another_name_gets_no_credentials()
    {
        await using TestRegistry other = await StartAsync();
        await using TestRegistry registry = await StartAsync(realm: $"http://localhost:{other.Port}/token");
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.UnsafeAuthRealm, exception.Code);
        Assert.Equal($"http://localhost:{other.Port}", exception.Target);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_token_service_under_another_name_gets_credentials_when_it_is_trusted()
    {
        await using TestRegistry other = await StartAsync();
        await using TestRegistry registry = await StartAsync(realm: $"http://localhost:{other.Port}/token");
        RegistryOptions options = AuthCaller.AsAlice with { TrustedRealm = [$"localhost:{other.Port}"] };
        using var caller = new AuthCaller(registry, options);
        // The other one's tokens are not this registry's.
        await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.NotEmpty(other.TokenRequests);
        Assert.All(other.TokenRequests, request => Assert.StartsWith("Basic ", request.Authorization));
    }

    [Fact]
    public async Task A_token_service_under_another_name_may_give_tokens_to_anybody()
    {
        await using TestRegistry other = await StartAsync(anonymousPull: true);
        await using TestRegistry registry = await StartAsync(realm: $"http://localhost:{other.Port}/token");
        using var caller = new AuthCaller(registry);
        await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.NotEmpty(other.TokenRequests);
        Assert.All(other.TokenRequests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task The_metadata_service_is_not_asked()
    {
        await using TestRegistry registry = await StartAsync(realm: "http://169.254.169.254/latest/meta-data/");
        using var caller = new AuthCaller(registry);
        OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.UnsafeAuthRealm, exception.Code);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_of_the_token_service_to_another_port_is_not_followed(int status)
    {
        await using TestRegistry other = await StartAsync(anonymousPull: true);
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().RedirectTo($"{other.Url}token", status));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.UnsafeRedirect, exception.Code);
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("https://{host}/token")]
    [InlineData("http://user@{host}/moved")]
    [InlineData("http://localhost:{port}/token")]
    [InlineData("ftp://{host}/token")]
    [InlineData("//evil.example/token")]
    [InlineData("//[::")]
    public async Task A_redirect_to_another_scheme_host_or_user_is_not_followed(string location)
    {
        await using TestRegistry registry = await StartAsync();
        registry.AddFile("/moved", System.Text.Encoding.UTF8.GetBytes(Token));
        registry.Faults.Add(Fault.On("GET", "/token").Always().RedirectTo(location
            .Replace("{host}", registry.Host, StringComparison.Ordinal)
            .Replace("{port}", $"{registry.Port}", StringComparison.Ordinal)));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.UnsafeRedirect, exception.Code);
        Assert.Single(registry.TokenRequests);
    }

    [Theory]
    [InlineData("/moved/token", 301)]
    [InlineData("moved/token", 302)]
    [InlineData("http://{host}/moved/token", 307)]
    public async Task A_redirect_within_the_token_service_is_followed(string location, int status)
    {
        await using TestRegistry registry = await StartAsync();
        registry.AddFile("/moved/token", System.Text.Encoding.UTF8.GetBytes(Token), "application/json");
        registry.Faults.Add(Fault.On("GET", "/token").When(context => context.Request.Path == "/token").Always()
            .RedirectTo(location.Replace("{host}", registry.Host, StringComparison.Ordinal), status));
        registry.Faults.Add(Fault.On("GET", "/v2/")
            .When(context => context.Request.Headers.Authorization == "Bearer t").Status(200));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
    }

    [Fact]
    public async Task Redirects_without_end_are_given_up()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().RedirectTo("/token"));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.UnsafeRedirect, exception.Code);
        Assert.Equal(6, registry.TokenRequests.Count);
    }

    [Theory]
    [InlineData(302, false)]
    [InlineData(303, false)]
    [InlineData(308, true)]
    public async Task An_identity_token_is_sent_again_only_where_the_redirect_keeps_the_method(
        int status, bool followed)
    {
        await using TestRegistry registry = await StartAsync();
        string identity = registry.AddRefreshToken();
        registry.Faults.Add(Fault.On("POST", "/token").RedirectTo("/token?moved=1", status));
        using var caller = new AuthCaller(registry, AuthCaller.As("<token>", identity));
        if (followed)
        {
            Assert.Equal(HttpStatusCode.Accepted, await caller.PushAsync("a"));
            Assert.Equal(identity, registry.TokenRequests[1].Form["refresh_token"]);
        }
        else
        {
            OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PushAsync("a"));
            Assert.Equal(OciErrorCode.UnsafeRedirect, exception.Code);
            Assert.Single(registry.TokenRequests);
        }
    }

    private static Task<TestRegistry> StartAsync(string? realm = null, bool anonymousPull = false) =>
        TestRegistry.StartAsync(new TestRegistryOptions
        {
            Auth = RegistryAuth.Bearer,
            Realm = realm,
            AnonymousPull = anonymousPull,
        });
}
