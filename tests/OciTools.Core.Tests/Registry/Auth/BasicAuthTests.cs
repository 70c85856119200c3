using System.Net;
using OciTools.Testing;

namespace OciTools.Tests.Registry.Auth;

public sealed class BasicAuthTests
{
    private static readonly string s_alice = "Basic " + CredentialPlaces.Auth("alice", "correct horse");

    [Fact]
    public async Task The_password_is_sent_when_asked_for_and_from_then_on_at_once()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        registry.AddBlob("a", new byte[1]);
        registry.AddBlob("b", new byte[1]);

        Assert.Null(caller.Authenticator.Scheme);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("b"));
        Assert.Equal([null, s_alice, s_alice], registry.Requests.Select(request => request.Authorization));
        Assert.Equal("Basic", caller.Authenticator.Scheme);
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_registry_that_does_not_ask()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        registry.AddBlob("a", new byte[1]);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.All(registry.Requests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task A_refused_password_is_sent_once_and_the_error_names_its_source()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry);
        caller.Places.Write(
            caller.Places.DockerConfig, CredentialPlaces.AuthFile(registry.Host, "alice", "wr0ngwr0ng"));

        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.AuthenticationFailed, exception.Code);
        Assert.Equal(HttpStatusCode.Unauthorized, exception.StatusCode);
        Assert.Equal(registry.Host, exception.Target);
        Assert.Equal("UNAUTHORIZED", Assert.Single(exception.Errors).Code);
        Assert.Contains(caller.Places.DockerConfig, exception.Message, StringComparison.Ordinal);
        Assert.Contains("Connect-OciRegistry", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", exception.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, registry.Requests.Count);
    }

    [Fact]
    public async Task A_password_corrected_in_the_file_is_taken_by_the_next_request()
    {
        await using TestRegistry registry = await StartAsync();
        registry.AddBlob("a", new byte[1]);
        using var caller = new AuthCaller(registry);
        caller.Places.Write(caller.Places.DockerConfig, CredentialPlaces.AuthFile(registry.Host, "alice", "wrong"));
        await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));

        caller.Places.Write(
            caller.Places.DockerConfig, CredentialPlaces.AuthFile(registry.Host, "alice", "correct horse"));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
    }

    [Fact]
    public async Task A_missing_password_is_told_with_the_places_that_were_searched()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.AuthenticationFailed, exception.Code);
        Assert.Contains("this session", exception.Message, StringComparison.Ordinal);
        Assert.Contains(caller.Places.DockerConfig, exception.Message, StringComparison.Ordinal);
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task Who_wants_to_be_anonymous_is_not_signed_in()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice with { Anonymous = true });
        caller.Places.Store.Set(registry.Host, new NetworkCredential("alice", "correct horse"));
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Contains("-Anonymous", exception.Message, StringComparison.Ordinal);
        Assert.All(registry.Requests, request => Assert.Null(request.Authorization));
    }

    [Fact]
    public async Task An_identity_token_is_no_password()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.As("<token>", "1dentity"));
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.AuthenticationFailed, exception.Code);
        Assert.DoesNotContain("1dentity", exception.ToString(), StringComparison.Ordinal);
        Assert.All(registry.Requests, request => Assert.Null(request.Authorization));
    }

    [Theory]
    [InlineData("Negotiate", "Negotiate")]
    [InlineData("Digest realm=\"x\", NTLM", "Digest, NTLM")]
    [InlineData(null, "does not say in which way")]
    [InlineData("Basic realm=\"x", "does not say in which way")]
    public async Task A_way_to_sign_in_that_is_not_known_is_told(string? challenge, string told)
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/v2/").Always().Status(401).Header("WWW-Authenticate", challenge));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.AuthenticationFailed, exception.Code);
        Assert.Contains(told, exception.Message, StringComparison.Ordinal);
        Assert.Single(registry.Requests);
    }

    [Fact]
    public async Task The_challenge_of_another_host_is_not_answered()
    {
        await using TestRegistry registry = await StartAsync();
        await using TestRegistry other = await StartAsync();
        using var caller = new AuthCaller(other, AuthCaller.AsAlice, registryBase: registry.Url);
        Assert.Equal(HttpStatusCode.Unauthorized, await caller.PullAsync("a"));
        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Fact]
    public async Task A_credential_that_the_session_gets_later_is_used()
    {
        await using TestRegistry registry = await StartAsync();
        registry.AddBlob("a", new byte[1]);
        using var caller = new AuthCaller(registry);
        await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        caller.Places.Store.Set(registry.Host, new NetworkCredential("alice", "correct horse"));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Equal("this session", (await caller.Authenticator.FindCredentialAsync(
            null, null, TestContext.Current.CancellationToken))?.Source);
    }

    private static Task<TestRegistry> StartAsync() =>
        TestRegistry.StartAsync(new TestRegistryOptions { Auth = RegistryAuth.Basic });
}
