using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class CredentialKeyTests
{
    [Theory]
    [InlineData("ghcr.io", "ghcr.io", "")]
    [InlineData("GHCR.io", "ghcr.io", "")]
    [InlineData("registry.example:5000", "registry.example:5000", "")]
    [InlineData("https://ghcr.io", "ghcr.io", "")]
    [InlineData("HTTPS://ghcr.io/", "ghcr.io", "")]
    [InlineData("http://registry.example:5000/v2/", "registry.example:5000", "")]
    [InlineData("https://ghcr.io/some/path", "ghcr.io", "")]
    [InlineData("ghcr.io/v1/", "ghcr.io", "")]
    [InlineData("ghcr.io/v2", "ghcr.io", "")]
    [InlineData("ghcr.io/", "ghcr.io", "")]
    [InlineData("ghcr.io/name/space", "ghcr.io", "name/space")]
    [InlineData("[::1]:5000/name", "[::1]:5000", "name")]
    [InlineData("docker.io", "docker.io", "")]
    [InlineData("https://index.docker.io/v1/", "docker.io", "")]
    [InlineData("index.docker.io", "docker.io", "")]
    [InlineData("registry-1.docker.io", "docker.io", "")]
    [InlineData("docker.io/library/nginx", "docker.io", "library/nginx")]
    public void All_spellings_of_a_registry_are_one_key(string text, string host, string path) =>
        Assert.Equal(new CredentialKey(host, path), CredentialKey.Parse(text));

    [Theory]
    [InlineData("ghcr.io", "a/b", true)]
    [InlineData("ghcr.io", null, true)]
    [InlineData("ghcr.io/a", "a/b", true)]
    [InlineData("ghcr.io/a/b", "a/b", true)]
    [InlineData("ghcr.io/a/b", "a/bc", false)]
    [InlineData("ghcr.io/a/b/c", "a/b", false)]
    [InlineData("ghcr.io/A", "a/b", false)]
    [InlineData("ghcr.io/a", null, false)]
    [InlineData("ghcr.io:443", "a/b", false)]
    [InlineData("sub.ghcr.io", "a/b", false)]
    [InlineData("ghcr.io.evil.net", "a/b", false)]
    public void A_key_is_for_its_registry_and_for_whole_segments_of_a_path(
        string key, string? repository, bool matches) =>
        Assert.Equal(matches, CredentialKey.Parse(key).IsFor("ghcr.io", repository));
}
