using System.Net;
using System.Text;
using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class CredentialLookupTests : IDisposable
{
    private readonly CredentialPlaces _places = new();

    public void Dispose() => _places.Dispose();

    [Fact]
    public async Task Nothing_is_found_where_nothing_is()
    {
        Assert.Null(await _places.FindAsync("ghcr.io"));
        Assert.Empty(_places.Events.Warnings);
    }

    [Fact]
    public async Task The_places_count_in_their_order()
    {
        string named = _places.Write(
            Path.Combine(_places.Home, "named.json"), CredentialPlaces.AuthFile("ghcr.io", "named"));
        _places.Write(_places.DockerConfig, CredentialPlaces.AuthFile("ghcr.io", "docker"));
        Assert.Equal("docker", await UserAsync());

        _places.Variables["DOCKER_AUTH_CONFIG"] = CredentialPlaces.AuthFile("ghcr.io", "variable");
        Assert.Equal("variable", await UserAsync());

        _places.Write(_places.PodmanAuth, CredentialPlaces.AuthFile("ghcr.io", "podman"));
        Assert.Equal("podman", await UserAsync());

        if (OperatingSystem.IsLinux())
        {
            string runtime = _places.Variables["XDG_RUNTIME_DIR"] = Path.Combine(_places.Home, "run");
            _places.Write(
                Path.Combine(runtime, "containers", "auth.json"), CredentialPlaces.AuthFile("ghcr.io", "runtime"));
            Assert.Equal("runtime", await UserAsync());
        }

        _places.Variables["REGISTRY_AUTH_FILE"] = named;
        Assert.Equal("named", await UserAsync());

        _places.Store.Set("ghcr.io", new NetworkCredential("session", "secret"));
        Assert.Equal("session", await UserAsync());

        var options = new RegistryOptions { Credential = new NetworkCredential("given", "secret") };
        Assert.Equal("given", (await _places.FindAsync("ghcr.io", options: options))?.UserName);

        Assert.Null(await _places.FindAsync("ghcr.io", options: options with { Anonymous = true }));

        async Task<string?> UserAsync() => (await _places.FindAsync("ghcr.io"))?.UserName;
    }

    [Fact]
    public async Task The_source_names_the_file()
    {
        _places.Write(_places.DockerConfig, CredentialPlaces.AuthFile("ghcr.io", "alice"));
        Assert.Equal(_places.DockerConfig, (await _places.FindAsync("ghcr.io"))!.Source);
    }

    [Fact]
    public async Task Docker_config_may_be_elsewhere()
    {
        string folder = _places.Variables["DOCKER_CONFIG"] = Path.Combine(_places.Home, "elsewhere");
        _places.Write(Path.Combine(folder, "config.json"), CredentialPlaces.AuthFile("ghcr.io", "alice"));
        Assert.Equal("alice", (await _places.FindAsync("ghcr.io"))?.UserName);
    }

    [Fact]
    public async Task A_named_auth_file_replaces_podman_s_own_and_a_missing_one_is_told()
    {
        _places.Write(_places.PodmanAuth, CredentialPlaces.AuthFile("ghcr.io", "podman"));
        _places.Variables["REGISTRY_AUTH_FILE"] = Path.Combine(_places.Home, "missing.json");
        Assert.Null(await _places.FindAsync("ghcr.io"));
        Assert.Contains("missing.json", Assert.Single(_places.Events.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ghcr.io", "ghcr.io")]
    [InlineData("https://ghcr.io", "ghcr.io")]
    [InlineData("https://ghcr.io/v1/", "ghcr.io")]
    [InlineData("registry.example:5000", "registry.example:5000")]
    [InlineData("https://index.docker.io/v1/", "docker.io")]
    [InlineData("docker.io", "docker.io")]
    [InlineData("index.docker.io", "docker.io")]
    [InlineData("registry-1.docker.io", "docker.io")]
    [InlineData("docker.io", "index.docker.io")]
    public async Task An_entry_is_found_by_every_spelling_of_its_registry(string key, string registry)
    {
        _places.Write(_places.DockerConfig, CredentialPlaces.AuthFile(key, "alice", "pass:word"));
        RegistryCredential? found = await _places.FindAsync(registry, "library/nginx");
        Assert.Equal(("alice", "pass:word"), (found?.UserName, found?.Password));
    }

    [Theory]
    [InlineData("ghcr.io", "ghcr.io.evil.net")]
    [InlineData("ghcr.io", "evil.ghcr.io")]
    [InlineData("ghcr.io", "ghcr.io:8443")]
    [InlineData("ghcr.io:8443", "ghcr.io")]
    [InlineData("https://index.docker.io/v1/", "docker.io.evil.net")]
    [InlineData("registry.example:5000", "registry.example:5001")]
    public async Task An_entry_is_never_used_for_another_registry(string key, string registry)
    {
        _places.Write(_places.DockerConfig, CredentialPlaces.AuthFile(key, "alice"));
        Assert.Null(await _places.FindAsync(registry, "a/b"));
    }

    [Theory]
    [InlineData("a/b/c", "abc")]
    [InlineData("a/b", "ab")]
    [InlineData("a/b/x", "ab")]
    [InlineData("a/bc", "a")]
    [InlineData("a", "a")]
    [InlineData("z", "host")]
    [InlineData(null, "host")]
    public async Task The_entry_for_the_longest_path_counts(string? repository, string user)
    {
        _places.Write(_places.PodmanAuth, $$"""
            {
              "auths": {
                "registry.example:5000": { "auth": "{{CredentialPlaces.Auth("host", "x")}}" },
                "registry.example:5000/a": { "auth": "{{CredentialPlaces.Auth("a", "x")}}" },
                "registry.example:5000/a/b/c": { "auth": "{{CredentialPlaces.Auth("abc", "x")}}" },
                "registry.example:5000/a/b": { "auth": "{{CredentialPlaces.Auth("ab", "x")}}" },
                "other.example/a/b/c": { "auth": "{{CredentialPlaces.Auth("other", "x")}}" }
              }
            }
            """);
        Assert.Equal(user, (await _places.FindAsync("registry.example:5000", repository))?.UserName);
    }

    [Theory]
    [InlineData("""{"auth":"YWxpY2U6c2VjcmV0"}""", "alice", "secret", null, null)]
    [InlineData("""{"auth":"YWxpY2U6c2VjcmV0AAAA"}""", "alice", "secret", null, null)]
    [InlineData("""{"auth":"YWxpY2U6"}""", "alice", "", null, null)]
    [InlineData("""{"username":"alice","password":"secret"}""", "alice", "secret", null, null)]
    [InlineData("""{"auth":"YWxpY2U6","identitytoken":"id"}""", null, null, "id", null)]
    [InlineData("""{"identitytoken":"id"}""", null, null, "id", null)]
    [InlineData("""{"username":"<token>","password":"id"}""", null, null, "id", null)]
    [InlineData("""{"registrytoken":"bearer"}""", null, null, null, "bearer")]
    public async Task All_the_forms_of_an_entry_are_read(
        string entry, string? user, string? password, string? identityToken, string? registryToken)
    {
        _places.Write(_places.DockerConfig, $$"""{"auths":{"ghcr.io":{{entry}} }, "HttpHeaders":{"a":"b"} }""");
        RegistryCredential? found = await _places.FindAsync("ghcr.io");
        Assert.Equal(
            (user, password, identityToken, registryToken),
            (found?.UserName, found?.Password, found?.IdentityToken, found?.RegistryToken));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"auth":""}""")]
    [InlineData("""{"auth":5}""")]
    [InlineData("""{"email":"alice@example.com"}""")]
    [InlineData("null")]
    [InlineData("7")]
    public async Task An_entry_without_a_secret_is_none(string entry)
    {
        _places.Write(_places.PodmanAuth, $$"""{"auths":{"ghcr.io":{{entry}} } }""");
        _places.Write(_places.DockerConfig, CredentialPlaces.AuthFile("ghcr.io", "docker"));
        Assert.Equal("docker", (await _places.FindAsync("ghcr.io"))?.UserName);
        Assert.Empty(_places.Events.Warnings);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    [InlineData("""{"auths":[]}""")]
    [InlineData("""{"credHelpers":"x"}""")]
    [InlineData("""{"auths":{"\ud800":{}}}""")]
    [InlineData("""{"credsStore":"\ud800"}""")]
    public async Task A_malformed_file_is_told_and_passed_over(string text)
    {
        _places.Write(_places.PodmanAuth, text);
        _places.Write(_places.DockerConfig, CredentialPlaces.AuthFile("ghcr.io", "docker"));
        Assert.Equal("docker", (await _places.FindAsync("ghcr.io"))?.UserName);
        Assert.Contains(_places.PodmanAuth, Assert.Single(_places.Events.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("auth", "not base64!")]
    [InlineData("auth", "bm9jb2xvbg==")]
    [InlineData("registrytoken", "two words")]
    public async Task A_malformed_entry_is_told_once_when_it_is_needed_and_without_its_text(string name, string auth)
    {
        _places.Write(_places.PodmanAuth, $$"""{"auths":{"ghcr.io":{"{{name}}":"{{auth}}"} } }""");
        Assert.Null(await _places.FindAsync("quay.io"));
        Assert.Empty(_places.Events.Warnings);

        CredentialLookup lookup = _places.Resolver.For("ghcr.io", new RegistryOptions());
        Assert.Null(await lookup.FindAsync("a", _places.Events, TestContext.Current.CancellationToken));
        Assert.Null(await lookup.FindAsync("b", _places.Events, TestContext.Current.CancellationToken));
        string warning = Assert.Single(_places.Events.Warnings);
        Assert.Contains(_places.PodmanAuth, warning, StringComparison.Ordinal);
        Assert.DoesNotContain(auth, warning, StringComparison.Ordinal);
        Assert.DoesNotContain("nocolon", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_told_and_passed_over()
    {
        _places.Write(
            _places.PodmanAuth, CredentialPlaces.AuthFile("ghcr.io", "podman") + new string(' ', 1024 * 1024));
        Assert.Null(await _places.FindAsync("ghcr.io"));
        Assert.Contains("1 MiB", Assert.Single(_places.Events.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_may_begin_with_a_byte_order_mark()
    {
        _places.Write(_places.DockerConfig, "");
        await File.WriteAllTextAsync(
            _places.DockerConfig,
            CredentialPlaces.AuthFile("ghcr.io", "alice"),
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: true),
            TestContext.Current.CancellationToken);
        Assert.Equal("alice", (await _places.FindAsync("ghcr.io"))?.UserName);
    }

    [Fact]
    public async Task Files_are_read_once_until_forgotten_and_the_session_is_looked_at_each_time()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        CredentialLookup lookup = _places.Resolver.For("ghcr.io", new RegistryOptions());
        Assert.Null(await lookup.FindAsync("a", null, cancel));

        _places.Write(_places.DockerConfig, CredentialPlaces.AuthFile("ghcr.io", "docker"));
        Assert.Null(await lookup.FindAsync("a", null, cancel));
        await lookup.ForgetAsync(cancel);
        Assert.Equal("docker", (await lookup.FindAsync("a", null, cancel))?.UserName);

        _places.Store.Set("ghcr.io", new NetworkCredential("session", "secret"));
        Assert.Equal("session", (await lookup.FindAsync("a", null, cancel))?.UserName);
        _places.Store.Remove("ghcr.io");
        Assert.Equal("docker", (await lookup.FindAsync("a", null, cancel))?.UserName);
    }
}
