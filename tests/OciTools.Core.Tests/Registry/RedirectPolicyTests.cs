using OciTools.Registry;

namespace OciTools.Tests.Registry;

public sealed class RedirectPolicyTests
{
    [Theory]
    [InlineData("https://registry.example/", "https://cdn.example/blob?signature=x")]
    [InlineData("http://registry.example/", "https://cdn.example/")]
    [InlineData("http://registry.example/", "http://cdn.example/")]
    [InlineData("https://10.0.0.5/", "https://10.0.0.6:9000/")]
    [InlineData("http://127.0.0.1:5000/", "http://localhost:9000/")]
    [InlineData("http://127.0.0.1:5000/", "https://cdn.example/")]
    [InlineData("https://10.0.0.5/", "https://10.0.0.5:9000/")]
    public void Follows_where_that_is_safe(string from, string to) => RedirectPolicy.Ensure(new Uri(from), new Uri(to));

    [Theory]
    [InlineData("https://registry.example/", "http://registry.example/")]
    [InlineData("https://registry.example/", "ftp://cdn.example/")]
    [InlineData("https://registry.example/", "file:///etc/passwd")]
    [InlineData("https://registry.example/", "https://user:secret@cdn.example/")]
    [InlineData("https://registry.example/", "https://169.254.169.254/latest/meta-data")]
    [InlineData("https://registry.example/", "https://127.0.0.1/")]
    [InlineData("https://registry.example/", "https://[::1]/")]
    [InlineData("https://registry.example/", "https://[::ffff:127.0.0.1]/")]
    [InlineData("https://registry.example/", "https://[fe80::1]/")]
    [InlineData("https://registry.example/", "https://0x7f000001/")]
    [InlineData("https://registry.example/", "https://2130706433/")]
    [InlineData("https://registry.example/", "https://localhost./")]
    [InlineData("https://registry.example/", "https://app.localhost/")]
    [InlineData("https://registry.example/", "https://192.168.1.1/")]
    [InlineData("https://registry.example/", "https://metadata.google.internal/")]
    [InlineData("https://10.0.0.5/", "https://127.0.0.1/")]
    [InlineData("https://registry.example/", "https://r\u06D4ps/")]
    public void Refuses_where_it_is_not(string from, string to)
    {
        OciException error =
            Assert.Throws<OciException>(() => RedirectPolicy.Ensure(new Uri(from), new Uri(to)));
        Assert.Equal(OciErrorCode.UnsafeRedirect, error.Code);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Theory]
    [InlineData("https://registry.example/", "https://registry.example:443/x", true)]
    [InlineData("https://registry.example/", "https://REGISTRY.example./x", true)]
    [InlineData("https://registry.example/", "http://registry.example/x", false)]
    [InlineData("https://registry.example/", "https://registry.example:444/x", false)]
    [InlineData("https://registry.example/", "https://registry.example.evil.example/x", false)]
    [InlineData("https://registry.example/", "https://r\u06D4ps/", false)]
    public void Compares_scheme_host_and_port(string one, string other, bool expected) =>
        Assert.Equal(expected, RedirectPolicy.IsSameOrigin(new Uri(one), new Uri(other)));
}
