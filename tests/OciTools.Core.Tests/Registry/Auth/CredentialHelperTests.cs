using System.Diagnostics;
using System.Globalization;
using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class CredentialHelperTests : IDisposable
{
    private const string Alice = """echo '{"ServerURL":"x","Username":"alice","Secret":"secret"}'""";
    private const string NotFound = "echo 'credentials not found in native keychain'; exit 1";

    private readonly CredentialPlaces _places = new();

    public void Dispose() => _places.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"credsStore":"test"}""")]
    [InlineData("""{"credHelpers":{"ghcr.io":"test"} }""")]
    [InlineData("""{"credHelpers":{"https://ghcr.io":"test"},"credsStore":"other"}""")]
    [InlineData("""{"auths":{"ghcr.io":{} },"credsStore":"test"}""")]
    public async Task A_helper_is_asked_for_the_registry(string config)
    {
        _places.AddHelper("test", Alice);
        _places.Write(_places.DockerConfig, config);
        RegistryCredential? found = await _places.FindAsync("ghcr.io", "a/b");
        Assert.Equal(("alice", "secret"), (found?.UserName, found?.Password));
        Assert.Equal("the credential helper docker-credential-test", found?.Source);
        Assert.Equal(["get ghcr.io"], await AskedAsync());
        Assert.Empty(_places.Events.Warnings);
    }

    [Fact]
    public async Task A_helper_of_podman_s_file_is_asked()
    {
        _places.AddHelper("test", Alice);
        _places.Write(_places.PodmanAuth, """{"credHelpers":{"ghcr.io":"test"} }""");
        Assert.Equal("alice", (await _places.FindAsync("ghcr.io"))?.UserName);
    }

    [Fact]
    public async Task A_helper_of_another_registry_is_not_asked()
    {
        _places.AddHelper("test", Alice);
        _places.Write(_places.DockerConfig, """{"credHelpers":{"ghcr.io":"test"} }""");
        Assert.Null(await _places.FindAsync("quay.io"));
        Assert.False(File.Exists(_places.Asked));
    }

    [Fact]
    public async Task Docker_Hub_is_asked_for_by_both_of_its_names()
    {
        _places.AddHelper("test", $"[ \"$server\" = docker.io ] || {{ {NotFound}; }}\n{Alice}");
        _places.Write(_places.DockerConfig, """{"credsStore":"test"}""");
        Assert.Equal("alice", (await _places.FindAsync("docker.io"))?.UserName);
        Assert.Equal(["get https://index.docker.io/v1/", "get docker.io"], await AskedAsync());
    }

    [Fact]
    public async Task The_user_name_token_means_an_identity_token()
    {
        _places.AddHelper("test", """echo '{"Username":"<token>","Secret":"identity"}'""");
        _places.Write(_places.DockerConfig, """{"credsStore":"test"}""");
        Assert.Equal("identity", (await _places.FindAsync("ghcr.io"))?.IdentityToken);
    }

    [Theory]
    [InlineData(NotFound)]
    [InlineData("""echo '{"Username":"","Secret":""}'""")]
    public async Task A_helper_without_the_credential_leaves_it_to_the_file(string script)
    {
        _places.AddHelper("test", script);
        WriteConfigWithFallback();
        Assert.Equal("fallback", (await _places.FindAsync("ghcr.io"))?.UserName);
        Assert.Empty(_places.Events.Warnings);
    }

    [Theory]
    [InlineData("echo 'keychain is locked'; exit 1", "failed with exit code 1: 'keychain is locked'")]
    [InlineData("printf 'bad\\033[31m'; exit 3", "failed with exit code 3: 'bad?[31m'")]
    [InlineData("echo not-json-secret", "not a credential")]
    [InlineData("echo '[]'", "not a credential")]
    [InlineData("""echo '{"Username":"secret"}'""", "not a credential")]
    [InlineData("""echo '{"Username":1,"Secret":2}'""", "not a credential")]
    [InlineData("head -c 70000 /dev/zero", "more than 64 KiB")]
    [InlineData("head -c 70000 /dev/zero >&2", "more than 64 KiB")]
    public async Task A_helper_that_fails_is_told_once_and_leaves_it_to_the_file(string script, string problem)
    {
        _places.AddHelper("test", script);
        WriteConfigWithFallback();
        CredentialLookup lookup = _places.Resolver.For("ghcr.io", new RegistryOptions());
        Assert.Equal("fallback", (await lookup.FindAsync("a", _places.Events, Cancel))?.UserName);
        Assert.Equal("fallback", (await lookup.FindAsync("b", _places.Events, Cancel))?.UserName);
        string warning = Assert.Single(_places.Events.Warnings);
        Assert.Contains(problem, warning, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", warning, StringComparison.Ordinal);
        Assert.Single(await AskedAsync());
    }

    [Fact]
    public async Task A_helper_that_is_not_installed_is_told_and_leaves_it_to_the_file()
    {
        WriteConfigWithFallback();
        Assert.Equal("fallback", (await _places.FindAsync("ghcr.io"))?.UserName);
        string warning = Assert.Single(_places.Events.Warnings);
        Assert.Contains("docker-credential-test is not installed", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a b")]
    [InlineData("a;b")]
    [InlineData("a\\\\b")]
    [InlineData("ä")]
    public async Task A_helper_with_a_name_that_is_no_name_is_not_run(string name)
    {
        _places.Write(_places.DockerConfig, $$"""{"credsStore":"{{name}}"}""");
        Assert.Null(await _places.FindAsync("ghcr.io"));
        string warning = Assert.Single(_places.Events.Warnings);
        Assert.Contains("no credential helper can have", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_in_a_relative_folder_of_PATH_is_not_run()
    {
        _places.AddHelper("test", Alice);
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, _places.Programs);
        _places.Variables["PATH"] = relative + Path.PathSeparator;
        WriteConfigWithFallback();
        Assert.Equal("fallback", (await _places.FindAsync("ghcr.io"))?.UserName);
        Assert.False(File.Exists(_places.Asked));
    }

    [Fact]
    public async Task A_file_that_is_not_executable_is_no_helper()
    {
        string path = _places.AddHelper("test", Alice);
        CredentialPlaces.SetMode(path, UnixFileMode.UserRead);
        WriteConfigWithFallback();
        Assert.Equal("fallback", (await _places.FindAsync("ghcr.io"))?.UserName);
        Assert.Contains("is not installed", Assert.Single(_places.Events.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_need_not_read_its_input()
    {
        string path = _places.AddHelper("test", "");
        await File.WriteAllTextAsync(path, $"#!/bin/sh\n{Alice}\n", Cancel);
        _places.Write(_places.DockerConfig, """{"credsStore":"test"}""");
        Assert.Equal("alice", (await _places.FindAsync("ghcr.io"))?.UserName);
    }

    [Fact]
    public async Task A_helper_that_talks_without_end_is_ended_at_once()
    {
        _places.AddHelper("test", "exec yes");
        var environment = new CredentialEnvironment(_places.Variables.GetValueOrDefault, _places.Home)
        {
            HelperTimeLimit = TimeSpan.FromMinutes(10),
        };
        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => new CredentialHelper("test", environment).GetAsync("ghcr.io", Cancel)
                .WaitAsync(TimeSpan.FromMinutes(1), Cancel));
        Assert.Contains("more than 64 KiB", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_helper_that_does_not_end_is_ended_with_its_children()
    {
        string childFile = Path.Combine(_places.Programs, "child");
        _places.AddHelper("test", $"sleep 600 &\necho $! > '{childFile}'\nwait");
        var environment = new CredentialEnvironment(_places.Variables.GetValueOrDefault, _places.Home)
        {
            HelperTimeLimit = TimeSpan.FromSeconds(1),
        };
        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => new CredentialHelper("test", environment).GetAsync("ghcr.io", Cancel));
        Assert.Equal(OciErrorCode.CredentialUnavailable, exception.Code);
        Assert.Contains("did not answer within 1 seconds", exception.Message, StringComparison.Ordinal);

        int child = int.Parse(await File.ReadAllTextAsync(childFile, Cancel), CultureInfo.InvariantCulture);
        Assert.False(IsSleeping(child));
    }

    [Fact]
    public async Task Who_stops_waiting_for_a_helper_is_not_warned_of_it()
    {
        _places.AddHelper("test", "sleep 600");
        _places.Write(_places.DockerConfig, """{"credsStore":"test"}""");
        using var impatience = new CancellationTokenSource();
        Task<RegistryCredential?> waiting = _places.Resolver.For("ghcr.io", new RegistryOptions())
            .FindAsync("a", _places.Events, impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Empty(_places.Events.Warnings);
    }

    [Fact]
    public async Task A_helper_is_asked_once_however_many_repositories_need_its_credential()
    {
        _places.AddHelper("test", Alice);
        _places.Write(_places.DockerConfig, """{"credsStore":"test"}""");
        CredentialLookup lookup = _places.Resolver.For("ghcr.io", new RegistryOptions());
        RegistryCredential?[] found = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => lookup.FindAsync($"a{i}", _places.Events, Cancel)));
        Assert.All(found, credential => Assert.Equal("alice", credential?.UserName));
        Assert.Single(await AskedAsync());
    }

    private void WriteConfigWithFallback() => _places.Write(
        _places.DockerConfig,
        $$"""{"credsStore":"test","auths":{"ghcr.io":{"auth":"{{CredentialPlaces.Auth("fallback", "x")}}"} } }""");

    private static bool IsSleeping(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            // A child that has ended stays in the table until its parent's heir collects it.
            return process.ProcessName == "sleep" && !process.WaitForExit(TimeSpan.FromSeconds(10));
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private Task<string[]> AskedAsync() => File.ReadAllLinesAsync(_places.Asked, Cancel);
}
