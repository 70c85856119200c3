using System.Net;
using System.Security.Cryptography.X509Certificates;
using OciTools.Http;
using OciTools.Testing;
using OciTools.Tests.Support;
using OciTools.Transport;

namespace OciTools.Tests.Transport;

public sealed class HttpClientSourceTests
{
    private static readonly TransportProfile s_profile = new() { MaximumRetryCount = 0 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Equal_profiles_share_a_client()
    {
        var source = new HttpClientSource();
        TransportProfile profile = s_profile with { ProxyCredential = new("alice", "secret") };
        HttpClient client = source.GetClient(profile);

        Assert.Same(
            client,
            new HttpClientSource().GetClient(s_profile with { ProxyCredential = new("alice", "secret") }));
        Assert.NotSame(client, source.GetClient(profile with { ProxyCredential = new("alice", "other") }));
        Assert.NotSame(client, source.GetClient(s_profile));
        Assert.Equal(Timeout.InfiniteTimeSpan, client.Timeout);
    }

    [Fact]
    public async Task Follows_no_redirect_keeps_no_cookie_and_unpacks_nothing()
    {
        await using TestRegistry server = await TestRegistry.StartAsync();
        server.AddFile("/file", new byte[1000]);
        server.Faults.Add(Fault.On("GET", "/file").RedirectTo("/elsewhere").Header("Set-Cookie", "a=b; Path=/"));
        server.Faults.Add(Fault.On("GET", "/file").Gzip());
        HttpClient client = new HttpClientSource().GetClient(s_profile);

        using HttpResponseMessage redirect = await client.GetAsync(new Uri(server.Url, "file"), Token);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, redirect.StatusCode);
        using HttpResponseMessage packed = await client.GetAsync(new Uri(server.Url, "file"), Token);
        Assert.Equal(["gzip"], packed.Content.Headers.ContentEncoding);
        Assert.NotEqual(1000, (await packed.Content.ReadAsByteArrayAsync(Token)).Length);
        Assert.All(server.Requests, request => Assert.Null(request.Header("Cookie")));
        Assert.All(server.Requests, request => Assert.Null(request.Header("Accept-Encoding")));
        Assert.All(server.Requests, request => Assert.Equal("HTTP/1.1", request.Protocol));
    }

    [Fact]
    public async Task An_unknown_authority_is_refused_with_the_reason_and_not_retried()
    {
        await using TestRegistry server = await TestRegistry.StartAsync(new TestRegistryOptions { Tls = true });

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(
            () => GetAsync(server.Url, s_profile with { MaximumRetryCount = 3 }));
        OciException reason = Assert.IsType<OciException>(error.InnerException);
        Assert.Equal(OciErrorCode.CertificateUntrusted, reason.Code);
        Assert.Contains("-CertificateAuthority", reason.Message);
        Assert.Equal(1, server.ConnectionCount);
    }

    [Fact]
    public async Task An_authority_of_the_callers_is_trusted_for_the_right_name_only()
    {
        await using TestRegistry server = await TestRegistry.StartAsync(new TestRegistryOptions { Tls = true });
        TransportProfile profile = s_profile with { CertificateAuthorityPath = server.Certificates.AuthorityPath };
        Assert.Equal(HttpStatusCode.OK, await GetAsync(server.Url, profile));

        // The certificate names 127.0.0.1 as an IPv4 address, which this is not, though it leads there.
        Uri other = new UriBuilder(server.Url) { Host = "[::ffff:127.0.0.1]" }.Uri;
        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(other, profile));
        OciException reason = Assert.IsType<OciException>(error.InnerException);
        Assert.Contains("another name", reason.Message);
    }

    [Fact]
    public async Task Any_certificate_is_accepted_when_checks_are_off()
    {
        await using TestRegistry server = await TestRegistry.StartAsync(new TestRegistryOptions { Tls = true });
        Assert.Equal(HttpStatusCode.OK, await GetAsync(server.Url, s_profile with { SkipCertificateCheck = true }));
    }

    [Fact]
    public async Task A_client_certificate_is_presented()
    {
        await using TestRegistry server = await TestRegistry.StartAsync(
            new TestRegistryOptions { Tls = true, RequireClientCertificate = true });
        TransportProfile profile = s_profile with { CertificateAuthorityPath = server.Certificates.AuthorityPath };

        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(server.Url, profile));
        Assert.Equal(
            HttpStatusCode.OK,
            await GetAsync(server.Url, profile with { ClientCertificate = server.Certificates.Client }));
    }

    [Fact]
    public void A_certificate_without_its_key_is_refused()
    {
        using var bare = X509CertificateLoader.LoadCertificate(TestCertificates.Shared.Client.RawData);

        OciException error = Assert.Throws<OciException>(
            () => new HttpClientSource().GetClient(s_profile with { ClientCertificate = bare }));
        Assert.Equal(OciErrorCode.CertificateInvalid, error.Code);
    }

    [Fact]
    public async Task An_unreadable_file_of_authorities_is_refused_until_it_can_be_read()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("ca.pem");
        TransportProfile profile = s_profile with { CertificateAuthorityPath = path };
        var source = new HttpClientSource();

        OciException missing = Assert.Throws<OciException>(() => source.GetClient(profile));
        Assert.Equal(OciErrorCode.CertificateInvalid, missing.Code);
        Assert.Equal(path, missing.Target);
        await File.WriteAllTextAsync(path, "no certificate", Token);
        Assert.Equal(
            OciErrorCode.CertificateInvalid, Assert.Throws<OciException>(() => source.GetClient(profile)).Code);
        File.Copy(TestCertificates.Shared.AuthorityPath, path, overwrite: true);
        Assert.NotNull(source.GetClient(profile));
    }

    [Fact]
    public async Task A_proxy_is_used_with_its_credential()
    {
        await using TestRegistry proxy = await TestRegistry.StartAsync();
        proxy.Faults.Add(Fault.On("GET", "/").Status(407).Header("Proxy-Authenticate", "Basic realm=\"proxy\""));
        proxy.Faults.Add(Fault.On("GET", "/").Status(200, "{}"));
        TransportProfile profile = s_profile with { Proxy = proxy.Url, ProxyCredential = new("alice", "secret") };

        Assert.Equal(HttpStatusCode.OK, await GetAsync(new Uri("http://registry.invalid/v2/"), profile));
        Assert.Equal("Basic YWxpY2U6c2VjcmV0", proxy.Requests[^1].Header("Proxy-Authorization"));
        Assert.Equal("registry.invalid", proxy.Requests[^1].Header("Host"));
    }

    private static async Task<HttpStatusCode> GetAsync(Uri server, TransportProfile profile)
    {
        using HttpResponseMessage response =
            await new HttpClientSource().GetClient(profile).GetAsync(new Uri(server, "/v2/"), Token);
        return response.StatusCode;
    }
}
