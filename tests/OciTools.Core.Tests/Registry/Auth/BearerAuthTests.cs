using System.Net;
using Microsoft.AspNetCore.Http;
using OciTools.Registry.Auth;
using OciTools.Testing;

namespace OciTools.Tests.Registry.Auth;

public sealed class BearerAuthTests
{
    private static readonly string s_alice = "Basic " + CredentialPlaces.Auth("alice", "correct horse");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_fetched_with_the_password_and_the_password_goes_nowhere_else()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a/b"));

        RecordedRequest token = Assert.Single(registry.TokenRequests);
        string service = Uri.EscapeDataString(registry.Host);
        Assert.Equal($"?service={service}&scope=repository%3Aa%2Fb%3Apull&account=alice", token.Query);
        Assert.Equal(s_alice, token.Authorization);
        Assert.Equal("application/json", token.Header("Accept"));
        Assert.StartsWith("OciTools/", token.Header("User-Agent"), StringComparison.Ordinal);
        Assert.DoesNotContain(
            registry.Requests.Except([token]),
            request => request.Authorization?.StartsWith("Basic", StringComparison.Ordinal) == true);
        Assert.Equal("Bearer", caller.Authenticator.Scheme);
        Assert.Equal(
            $"Asking {registry.Host} for a token for 'repository:a/b:pull' with the credentials from the Credential "
            + "parameter",
            Assert.Single(caller.Places.Events.Decisions));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_request_that_was_refused_leaves_its_connection_to_the_one_for_the_token()
    {
        await using TestRegistry registry = await StartAsync();
        using var handler = new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1 };
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice) { Client = new HttpClient(handler) };

        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a/b"));
    }

    [Fact]
    public async Task Anybody_gets_a_token_where_pulling_is_free()
    {
        await using TestRegistry registry = await StartAsync(options => options.AnonymousPull = true);
        using var caller = new AuthCaller(registry);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        RecordedRequest token = Assert.Single(registry.TokenRequests);
        Assert.Null(token.Authorization);
        Assert.DoesNotContain("account", token.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_scope_is_a_parameter_of_its_own()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        await caller.SendAsync(
            HttpMethod.Get, "/v2/b/tags/list", new("b", RegistryAccess.Push), new("a", RegistryAccess.Pull));
        Assert.Contains(
            "&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull%2Cpush&",
            Assert.Single(registry.TokenRequests).Query,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_scopes_none_is_asked_for()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.OK, await caller.SendAsync(HttpMethod.Get, "/v2/"));
        Assert.DoesNotContain("scope", Assert.Single(registry.TokenRequests).Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_catalog_has_its_own_scope()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.OK, await caller.SendAsync(HttpMethod.Get, "/v2/_catalog", RegistryScope.Catalog));
        Assert.Contains("scope=registry%3Acatalog%3A%2A", registry.TokenRequests[0].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_query_of_a_realm_is_kept()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Options.Realm = $"{registry.Url}token?tenant=x%20y#fragment";
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        await caller.PullAsync("a");
        Assert.StartsWith("?tenant=x%20y&service=", registry.TokenRequests[0].Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Once_the_token_service_is_known_another_repository_costs_no_401()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        registry.ClearRequests();
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("b"));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("b"));
        Assert.Equal(
            ["/token", "/v2/b/tags/list", "/v2/b/tags/list"], registry.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task A_token_to_push_serves_to_pull()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.Accepted, await caller.PushAsync("a"));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Single(registry.TokenRequests);
    }

    [Fact]
    public async Task Fifty_requests_at_once_share_one_token_request()
    {
        await using TestRegistry registry = await StartAsync();
        Fault stall = registry.Faults.Add(Fault.On("GET", "/token").StallBeforeHeaders());
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Task<HttpStatusCode>[] requests = [.. Enumerable.Range(0, 50).Select(_ => caller.PullAsync("a"))];
        await stall.Reached.WaitAsync(Cancel);
        stall.Release();
        Assert.All(await Task.WhenAll(requests), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Single(registry.TokenRequests);
    }

    [Fact]
    public async Task A_token_is_replaced_a_little_before_it_expires()
    {
        var time = new ManualTime();
        await using TestRegistry registry = await StartAsync(options => options.Time = time);
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice, time);
        await caller.PullAsync("a");
        time.Advance(TimeSpan.FromSeconds(269));
        await caller.PullAsync("a");
        Assert.Single(registry.TokenRequests);

        registry.ClearRequests();
        time.Advance(TimeSpan.FromSeconds(1));
        await caller.PullAsync("a");
        Assert.Equal(["/token", "/v2/a/tags/list"], registry.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task A_token_without_a_lifetime_is_good_for_a_minute()
    {
        var time = new ManualTime();
        await using TestRegistry registry = await StartAsync(options => options.SaysExpiresIn = false);
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice, time);
        await caller.PullAsync("a");
        time.Advance(TimeSpan.FromSeconds(47));
        await caller.PullAsync("a");
        Assert.Single(registry.TokenRequests);
        time.Advance(TimeSpan.FromSeconds(1));
        await caller.PullAsync("a");
        Assert.Equal(2, registry.TokenRequests.Count);
    }

    [Fact]
    public async Task A_refused_token_is_replaced_once()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        await caller.PullAsync("a");
        registry.RevokeTokens();
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Equal(2, registry.TokenRequests.Count);
    }

    [Fact]
    public async Task A_registry_that_refuses_the_replacement_too_is_believed()
    {
        await using TestRegistry registry = await StartAsync(
            options => options.Permits = (_, _, action) => action == "pull");
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PushAsync("a"));
        Assert.Equal(OciErrorCode.AuthenticationFailed, exception.Code);
        Assert.Contains("access to a (pull, push) with", exception.Message, StringComparison.Ordinal);
        Assert.Contains("the Credential parameter", exception.Message, StringComparison.Ordinal);
        Assert.Equal(2, registry.TokenRequests.Count);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
    }

    [Theory]
    [InlineData(true, OciErrorCode.AccessDenied)]
    [InlineData(false, OciErrorCode.AuthenticationFailed)]
    public async Task Somebody_known_is_denied_access_and_anybody_is_asked_to_sign_in(bool isKnown, OciErrorCode code)
    {
        await using TestRegistry registry = await StartAsync(options => options.AnonymousPull = true);
        registry.Faults.Add(Fault.On("GET", "/v2/").Always()
            .Status(401, """{"errors":[{"code":"DENIED","message":"requested access is denied"}]}""")
            .Header("WWW-Authenticate", $"Bearer realm=\"{registry.Url}token\""));
        using var caller = new AuthCaller(registry, isKnown ? AuthCaller.AsAlice : null);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(code, exception.Code);
    }

    [Fact]
    public async Task A_registry_that_refuses_tokens_again_and_again_but_not_at_once_gets_new_ones()
    {
        var time = new ManualTime();
        await using TestRegistry registry = await StartAsync(options => options.Time = time);
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice, time);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
            time.Advance(TimeSpan.FromMinutes(2));
            registry.RevokeTokens();
        }
    }

    [Fact]
    public async Task A_service_that_gives_the_refused_token_again_is_not_asked_a_third_time()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().Status(200, """{"token":"always-the-same"}"""));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(2, registry.TokenRequests.Count);
        Assert.DoesNotContain("always-the-same", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scope_that_proves_too_small_is_widened_to_what_the_registry_wants()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryScope pull = new("a", RegistryAccess.Pull);
        Assert.Equal(
            HttpStatusCode.Accepted, await caller.SendAsync(HttpMethod.Post, "/v2/a/blobs/uploads/", pull));
        Assert.Equal(
            ["repository%3Aa%3Apull", "repository%3Aa%3Apull%2Cpush"],
            registry.TokenRequests.Select(request => request.Query.Split("scope=")[1].Split('&')[0]));

        // The wider token then serves both.
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Equal(2, registry.TokenRequests.Count);
    }

    [Fact]
    public async Task A_token_service_of_each_repository_s_own_is_found_by_its_challenge()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        await caller.PullAsync("a");
        registry.Faults.Add(Fault.On("GET", "/token")
            .When(context => context.Request.QueryString.Value!.Contains("%3Ab%3A", StringComparison.Ordinal)
                && !context.Request.Query.ContainsKey("own"))
            .Always().Status(403));
        registry.Options.Realm = $"{registry.Url}token?own=1";
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("b"));
    }

    [Theory]
    [InlineData("Bearer realm=\"{url}gone\",service=\"registry\",error=\"invalid_token\"")]
    [InlineData(null)]
    public async Task A_worn_out_token_is_renewed_where_it_came_from_whatever_the_registry_now_names(string? challenge)
    {
        var time = new ManualTime();
        await using TestRegistry registry = await StartAsync(options => options.Time = time);
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice, time);
        await caller.PullAsync("a");
        registry.RevokeTokens();
        time.Advance(TimeSpan.FromMinutes(1));
        registry.Faults.Add(Fault.On("GET", "/v2/").Header(
            "WWW-Authenticate", challenge?.Replace("{url}", registry.Url.ToString(), StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Equal(2, registry.TokenRequests.Count);
    }

    [Fact]
    public async Task Bearer_is_preferred_to_Basic()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/v2/").Status(401).Header(
            "WWW-Authenticate", $"Basic realm=\"x\", Bearer realm=\"{registry.Url}token\",service=\"s\""));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Single(registry.TokenRequests);
    }

    [Fact]
    public async Task An_identity_token_is_exchanged_by_POST()
    {
        await using TestRegistry registry = await StartAsync();
        string identity = registry.AddRefreshToken();
        using var caller = new AuthCaller(registry, AuthCaller.As("<token>", identity));
        Assert.Equal(HttpStatusCode.Accepted, await caller.PushAsync("a"));
        RecordedRequest token = Assert.Single(registry.TokenRequests);
        Assert.Equal(("POST", "", null), (token.Method, token.Query, token.Authorization));
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "refresh_token",
                ["client_id"] = "ocitools",
                ["service"] = registry.Host,
                ["scope"] = "repository:a:pull,push",
                ["refresh_token"] = identity,
            },
            token.Form);
    }

    [Fact]
    public async Task Several_scopes_are_one_field_of_the_form()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.As("<token>", registry.AddRefreshToken()));
        await caller.SendAsync(
            HttpMethod.Get, "/v2/b/tags/list", new("b", RegistryAccess.Pull), new("a", RegistryAccess.Pull));
        Assert.Equal("repository:a:pull repository:b:pull", registry.TokenRequests[0].Form["scope"]);
    }

    [Fact]
    public async Task An_identity_token_that_is_replaced_is_used_from_then_on()
    {
        await using TestRegistry registry = await StartAsync();
        (string first, string second) = (registry.AddRefreshToken(), registry.AddRefreshToken());
        // The answer to the first exchange gives the second token; its access token is no good.
        registry.Faults.Add(Fault.On("POST", "/token").Status(
            200, $$"""{"access_token":"no-good","refresh_token":"{{second}}"}"""));
        using var caller = new AuthCaller(registry, AuthCaller.As("<token>", first));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("b"));
        Assert.Equal(
            [null, second, second],
            registry.TokenRequests.Select(request => request.Form.GetValueOrDefault("refresh_token")));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    public async Task The_password_is_posted_to_a_service_without_GET(int status)
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().Status(status));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        Assert.Equal(HttpStatusCode.OK, await caller.PullAsync("a"));
        RecordedRequest token = registry.TokenRequests[1];
        Assert.Equal("POST", token.Method);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "password",
                ["client_id"] = "ocitools",
                ["service"] = registry.Host,
                ["scope"] = "repository:a:pull",
                ["username"] = "alice",
                ["password"] = "correct horse",
            },
            token.Form);
    }

    [Fact]
    public async Task A_registry_token_is_sent_as_it_is()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry);
        caller.Places.Write(
            caller.Places.DockerConfig, $$"""{"auths":{"{{registry.Host}}":{"registrytoken":"given"} } }""");
        await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal([null, "Bearer given"], registry.Requests.Select(request => request.Authorization));
    }

    [Fact]
    public async Task Repositories_with_credentials_of_their_own_share_no_tokens()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().Answer(context => context.Response.WriteAsJsonAsync(
            new { token = Guid.NewGuid(), expires_in = 300 }, context.RequestAborted)));
        registry.Faults.Add(Fault.On("GET", "/v2/").When(
            context => context.Request.Headers.Authorization.Count > 0).Always().Status(200));
        using var caller = new AuthCaller(registry);
        caller.Places.Write(caller.Places.PodmanAuth, $$"""
            {"auths":{
              "{{registry.Host}}/team-a":{"auth":"{{CredentialPlaces.Auth("ann", "x")}}"},
              "{{registry.Host}}/team-b":{"auth":"{{CredentialPlaces.Auth("bob", "y")}}"}
            } }
            """);
        await caller.PullAsync("team-a/app");
        await caller.PullAsync("team-b/app");
        await caller.PullAsync("team-a/app");
        Assert.Equal(
            ["Basic " + CredentialPlaces.Auth("ann", "x"), "Basic " + CredentialPlaces.Auth("bob", "y")],
            registry.TokenRequests.Select(request => request.Authorization));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    public async Task A_token_service_that_refuses_is_told_without_what_it_repeats(int status)
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().Status(
            status,
            $$"""{"errors":[{"code":"DENIED","message":"no \u001b[31m{{s_alice.Split(' ')[1]}} correct horse"}]}"""));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.AuthenticationFailed, exception.Code);
        Assert.Equal((HttpStatusCode)status, exception.StatusCode);
        Assert.Equal(new RegistryError("DENIED", "no ?[31m*** ***"), Assert.Single(exception.Errors));
        Assert.DoesNotContain("correct horse", exception.ToString(), StringComparison.Ordinal);
        Assert.Single(registry.TokenRequests);
    }

    [Fact]
    public async Task A_wrong_password_is_tried_once_for_each_request()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry, AuthCaller.As("alice", "wrong"));
        await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("b"));
        Assert.Equal(2, registry.TokenRequests.Count);
    }

    [Fact]
    public async Task Who_may_not_pull_anonymously_hears_where_credentials_were_looked_for()
    {
        await using TestRegistry registry = await StartAsync();
        using var caller = new AuthCaller(registry);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.AuthenticationFailed, exception.Code);
        Assert.Contains("without credentials", exception.Message, StringComparison.Ordinal);
        Assert.Contains(caller.Places.PodmanAuth, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, OciErrorCode.RateLimited)]
    [InlineData(500, OciErrorCode.RegistryUnavailable)]
    [InlineData(503, OciErrorCode.RegistryUnavailable)]
    [InlineData(408, OciErrorCode.RegistryUnavailable)]
    [InlineData(410, OciErrorCode.RegistryProtocol)]
    [InlineData(304, OciErrorCode.RegistryProtocol)]
    public async Task A_token_service_in_trouble_is_no_wrong_password(int status, OciErrorCode code)
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().Status(status, ""));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(code, exception.Code);
        Assert.Equal(registry.Host, exception.Target);
    }

    [Theory]
    [InlineData("<html>", "not a token")]
    [InlineData("{}", "not a token")]
    [InlineData("{\"token\":\"s3cret\",\"token\":\"s3cret\"}", "not a token")]
    public async Task An_answer_without_a_token_is_told_without_its_text(string body, string problem)
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().Status(200, body));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.RegistryProtocol, exception.Code);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", exception.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_too_long_is_not_read_to_its_end()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Answer(async context =>
        {
            byte[] space = new byte[64 * 1024];
            Array.Fill(space, (byte)' ');
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(space, context.RequestAborted);
        }));
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        RegistryException exception = await Assert.ThrowsAsync<RegistryException>(() => caller.PullAsync("a"));
        Assert.Contains("1 MiB", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_service_that_breaks_the_connection_is_named()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").Always().ResetBeforeHeaders());
        using var caller = new AuthCaller(registry, AuthCaller.AsAlice);
        OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.ConnectionFailed, exception.Code);
        Assert.True(exception.IsTransient);
        Assert.Contains(registry.Host, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_does_not_end_is_given_up()
    {
        await using TestRegistry registry = await StartAsync();
        registry.Faults.Add(Fault.On("GET", "/token").StallAfter(5));
        using var caller = new AuthCaller(
            registry, AuthCaller.AsAlice with { Transport = new() { IdleTimeout = TimeSpan.FromSeconds(1) } });
        OciException exception = await Assert.ThrowsAsync<OciException>(() => caller.PullAsync("a"));
        Assert.Equal(OciErrorCode.OperationTimeout, exception.Code);
    }

    private static async Task<TestRegistry> StartAsync(Action<TestRegistryOptions>? change = null)
    {
        var options = new TestRegistryOptions { Auth = RegistryAuth.Bearer };
        change?.Invoke(options);
        TestRegistry registry = await TestRegistry.StartAsync(options);
        registry.AddBlob("a", new byte[1]);
        registry.AddBlob("b", new byte[1]);
        registry.AddBlob("a/b", new byte[1]);
        return registry;
    }
}
