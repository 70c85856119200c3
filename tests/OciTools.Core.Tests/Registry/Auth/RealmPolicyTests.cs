using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class RealmPolicyTests
{
    [Theory]
    // The registry's own host, whatever it is.
    [InlineData("https://ghcr.io/token", "https://ghcr.io/")]
    [InlineData("https://GHCR.io./token", "https://ghcr.io/")]
    [InlineData("https://registry.example:5001/auth", "https://registry.example:5000/")]
    [InlineData("https://10.1.2.3:5001/auth", "https://10.1.2.3:5000/")]
    [InlineData("https://[fd00::1]/auth", "https://[fd00::1]:5000/")]
    [InlineData("http://127.0.0.1:5001/auth", "http://127.0.0.1:5000/")]
    [InlineData("http://registry/auth", "http://registry:5000/")]
    [InlineData("https://registry.example/auth", "http://registry.example/")]
    // One organisation.
    [InlineData("https://auth.docker.io/token", "https://registry-1.docker.io/")]
    [InlineData("https://gitlab.com/jwt/auth", "https://registry.gitlab.com/")]
    [InlineData("https://gitlab.corp.example/jwt/auth", "https://registry.corp.example/")]
    [InlineData("https://api.digitalocean.com/v2/registry/auth", "https://registry.digitalocean.com/")]
    [InlineData("https://auth.registry.example.com/", "https://registry.example.com/")]
    [InlineData("https://auth.example.co.uk/", "https://registry.example.co.uk/")]
    [InlineData("https://auth.mine.azurecr.io/", "https://mine.azurecr.io/")]
    [InlineData("https://dockerauth.cn-hangzhou.aliyuncs.com/auth", "https://registry.cn-hangzhou.aliyuncs.com/")]
    // Known to belong together.
    [InlineData("https://authn.nvidia.com/token", "https://nvcr.io/")]
    [InlineData("https://api.scaleway.com/registry-internal/v1/tokens", "https://rg.fr-par.scw.cloud/")]
    public void Credentials_go_to_the_registry_s_own_organisation(string realm, string registry)
    {
        Uri accepted = new RealmPolicy([]).Check(realm, new Uri(registry), withCredential: true);
        Assert.Equal(new Uri(realm), accepted);
    }

    [Theory]
    [InlineData("https://ghcr.io/token", "https://lscr.io/")]
    [InlineData("https://auth.example.net/", "https://registry.example.com/")]
    [InlineData("https://evilexample.com/", "https://registry.example.com/")]
    [InlineData("https://example.com.evil.net/", "https://registry.example.com/")]
    [InlineData("https://evil.co.uk/", "https://registry.co.uk/")]
    [InlineData("https://evil.com.au/", "https://registry.example.com.au/")]
    [InlineData("https://evil.azurecr.io/", "https://mine.azurecr.io/")]
    [InlineData("https://azurecr.io/", "https://mine.azurecr.io/")]
    [InlineData("https://evil.github.io/", "https://mine.github.io/")]
    [InlineData("https://evil.us-east-1.amazonaws.com/", "https://1.dkr.ecr.eu-west-1.amazonaws.com/")]
    [InlineData("https://auth/", "https://registry/")]
    [InlineData("https://authn.nvidia.com/token", "https://evilnvcr.io/")]
    [InlineData("https://nvidia.com/token", "https://nvcr.io/")]
    [InlineData("https://evil.scw.cloud/", "https://rg.fr-par.scw.cloud/")]
    [InlineData("https://8.8.8.8/", "https://8.8.4.4/")]
    [InlineData("https://8.8.8.8/", "https://8.8.8.8.example.com/")]
    [InlineData("http://localhost:5001/", "http://127.0.0.1:5000/")]
    public void Other_hosts_get_no_credentials_but_may_give_tokens_to_anybody(string realm, string registry)
    {
        var policy = new RealmPolicy([]);
        OciException refused = Assert.Throws<OciException>(
            () => policy.Check(realm, new Uri(registry), withCredential: true));
        Assert.Equal(OciErrorCode.UnsafeAuthRealm, refused.Code);
        Assert.Equal(new Uri(realm).GetLeftPart(UriPartial.Authority), refused.Target);
        Assert.Contains("-TrustedRealm '" + new Uri(realm).Authority + "'", refused.Message, StringComparison.Ordinal);

        Assert.Equal(new Uri(realm), policy.Check(realm, new Uri(registry), withCredential: false));
    }

    [Theory]
    // No web address.
    [InlineData("")]
    [InlineData("test registry")]
    [InlineData("/token")]
    [InlineData("//auth.example.com/token")]
    [InlineData("ftp://registry.example.com/token")]
    [InlineData("file:///etc/passwd")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://r\u06D4ps/token")]
    // No encryption.
    [InlineData("http://registry.example.com/token")]
    [InlineData("http://auth.example.com/token")]
    // User information.
    [InlineData("https://user:secret@registry.example.com/token")]
    [InlineData("https://registry.example.com@evil.net/token")]
    // Addresses that are not on the internet, in all spellings.
    [InlineData("https://localhost/token")]
    [InlineData("https://LOCALHOST./token")]
    [InlineData("https://a.localhost/token")]
    [InlineData("https://127.0.0.1/token")]
    [InlineData("https://127.8.9.10/token")]
    [InlineData("https://2130706433/token")]
    [InlineData("https://0x7f.1/token")]
    [InlineData("https://0177.0.0.1/token")]
    [InlineData("https://0.0.0.0/token")]
    [InlineData("https://10.0.0.1/token")]
    [InlineData("https://100.64.0.1/token")]
    [InlineData("https://100.100.100.200/token")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://172.16.0.1/token")]
    [InlineData("https://172.31.255.255/token")]
    [InlineData("https://192.0.0.192/token")]
    [InlineData("https://192.168.1.1/token")]
    [InlineData("https://224.0.0.1/token")]
    [InlineData("https://255.255.255.255/token")]
    [InlineData("https://[::]/token")]
    [InlineData("https://[::1]/token")]
    [InlineData("https://[::ffff:127.0.0.1]/token")]
    [InlineData("https://[::ffff:169.254.169.254]/token")]
    [InlineData("https://[64:ff9b::a00:1]/token")]
    [InlineData("https://[fe80::1]/token")]
    [InlineData("https://[fe80::1%251]/token")]
    [InlineData("https://[fd00:ec2::254]/token")]
    [InlineData("https://[ff02::1]/token")]
    [InlineData("https://metadata.google.internal/token")]
    public void Some_realms_are_refused_even_without_credentials(string realm)
    {
        OciException refused = Assert.Throws<OciException>(() => new RealmPolicy([]).Check(
            realm, new Uri("https://registry.example.com/"), withCredential: false));
        Assert.Equal(OciErrorCode.UnsafeAuthRealm, refused.Code);
        Assert.DoesNotContain("secret", refused.Message + refused.Target, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://evil.example/%E2%80%AE%C2%AD?%E2%80%AE")]
    [InlineData("https://user\u00ad@evil.example/%E2%80%AE")]
    [InlineData("https://evil.example:x\u00ad/")]
    [InlineData("https://10.0.0.1/%E2%80%AE")]
    public void A_refused_realm_is_safe_to_show(string realm)
    {
        OciException refused = Assert.Throws<OciException>(() => new RealmPolicy([]).Check(
            realm, new Uri("https://registry.invalid/"), withCredential: true));
        Assert.Equal(DisplayText.Sanitize(refused.Message), refused.Message);
        Assert.Equal(DisplayText.Sanitize($"{refused.Target}"), $"{refused.Target}");
    }

    [Theory]
    [InlineData("https://172.32.0.1/token")]
    [InlineData("https://100.128.0.1/token")]
    [InlineData("https://169.253.0.1/token")]
    [InlineData("https://[2001:4860:4860::8888]/token")]
    public void Public_addresses_are_no_private_ones(string realm) =>
        Assert.Equal(
            new Uri(realm),
            new RealmPolicy([]).Check(realm, new Uri("https://registry.example.com/"), withCredential: false));

    [Theory]
    [InlineData("https://10.0.0.2/token", "https://10.0.0.1/")]
    [InlineData("http://169.254.169.254/token", "http://localhost:5000/")]
    [InlineData("http://169.254.169.254/token", "http://registry.example.com/")]
    public void A_private_registry_may_not_name_another_private_address(string realm, string registry) =>
        Assert.Throws<OciException>(() => new RealmPolicy([]).Check(realm, new Uri(registry), withCredential: false));

    [Theory]
    [InlineData("https://ghcr.io/token", "GHCR.io", true)]
    [InlineData("https://ghcr.io/token", "ghcr.io:443", true)]
    [InlineData("https://ghcr.io:8443/token", "ghcr.io:8443", true)]
    [InlineData("https://10.0.0.2:8443/token", "10.0.0.2", true)]
    [InlineData("https://[fd00::2]:8443/token", "[fd00::2]:8443", true)]
    [InlineData("https://ghcr.io:8443/token", "ghcr.io:443", false)]
    [InlineData("https://a.ghcr.io/token", "ghcr.io", false)]
    [InlineData("http://ghcr.io/token", "ghcr.io", false)]
    [InlineData("https://user@ghcr.io/token", "ghcr.io", false)]
    public void A_realm_that_the_caller_trusts_gets_credentials(string realm, string trusted, bool accepted)
    {
        Exception? refusal = Record.Exception(() => new RealmPolicy([trusted]).Check(
            realm, new Uri("https://lscr.io/"), withCredential: true));
        Assert.Equal(accepted, refusal is null);
    }
}
