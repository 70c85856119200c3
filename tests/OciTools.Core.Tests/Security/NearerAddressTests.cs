using System.Net;
using System.Security.Cryptography.X509Certificates;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Registry;
using OciTools.Registry.Auth;
using OciTools.Testing;
using OciTools.Transport;

namespace OciTools.Tests.Security;

/// <summary>A registry must not make this computer talk to what only this computer can reach.</summary>
public sealed class NearerAddressTests
{
    private static readonly TransportProfile s_profile = new() { MaximumRetryCount = 0, NoProxy = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("registry.example", 0)]
    [InlineData("8.8.8.8", 0)]
    [InlineData("64:ff9b::808:808", 0)]
    [InlineData("10.0.0.1", 1)]
    [InlineData("192.168.0.1", 1)]
    [InlineData("fd12::1", 1)]
    [InlineData("64:ff9b::a00:1", 1)]
    [InlineData("localhost", 2)]
    [InlineData("::1", 2)]
    [InlineData("::ffff:127.0.0.1", 2)]
    [InlineData("169.254.169.254", 3)]
    [InlineData("169.254.170.2", 3)]
    [InlineData("::ffff:169.254.169.254", 3)]
    [InlineData("64:ff9b::a9fe:a9fe", 3)]
    [InlineData("fd00:ec2::254", 3)]
    [InlineData("100.100.100.200", 3)]
    [InlineData("192.0.0.192", 3)]
    [InlineData("168.63.129.16", 3)]
    [InlineData("metadata.google.internal", 3)]
    public void Places_are_told_apart(string host, int place) =>
        Assert.Equal((NetworkPlace)place, HostPlace.Find(host));

    [Theory]
    [InlineData("http://127.0.0.1:5000/")]
    [InlineData("http://10.0.0.5/")]
    [InlineData("http://registry.example/")]
    public void No_registry_sends_anybody_to_a_metadata_service_CVE_2026_33540(string registry)
    {
        OciException error = Assert.Throws<OciException>(() => RedirectPolicy.Ensure(
            new Uri(registry), new Uri("http://169.254.169.254/latest/meta-data/")));
        Assert.Equal(OciErrorCode.UnsafeRedirect, error.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_name_that_leads_to_this_computer_is_not_connected_to_GHSA_28r5_37g7_p6mp(int reach)
    {
        await using TestRegistry inner = await TestRegistry.StartAsync();
        HttpClient client = new HttpClientSource().GetClient(s_profile with { Reach = (NetworkPlace)reach });

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(new Uri($"http://localhost:{inner.Port}/v2/"), Token));

        OciException reason = Assert.IsType<OciException>(error.InnerException);
        Assert.Equal(OciErrorCode.UnsafeRedirect, reason.Code);
        Assert.Contains("-TrustedRealm 'localhost'", reason.Message, StringComparison.Ordinal);
        Assert.Equal(0, inner.ConnectionCount);
    }

    [Fact]
    public async Task A_server_on_this_computer_may_name_another()
    {
        await using TestRegistry inner = await TestRegistry.StartAsync();
        HttpClient client = new HttpClientSource().GetClient(s_profile with { Reach = NetworkPlace.ThisComputer });

        using HttpResponseMessage response =
            await client.GetAsync(new Uri($"http://localhost:{inner.Port}/v2/"), Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_proxy_may_be_on_this_computer()
    {
        await using TestRegistry proxy = await TestRegistry.StartAsync();
        proxy.Faults.Add(Fault.On("GET", "/").Status(200, "{}"));
        HttpClient client = new HttpClientSource().GetClient(
            s_profile with { NoProxy = false, Proxy = proxy.Url, Reach = NetworkPlace.Internet });

        using HttpResponseMessage response = await client.GetAsync(new Uri("http://registry.invalid/v2/"), Token);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task What_a_registry_names_is_asked_with_its_own_reach_and_without_its_client_certificate()
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(
            TestCertificates.Shared.Client.Export(X509ContentType.Pkcs12), null);
        var http = new RecordingHttp(new HttpClientSource());
        await using TestRegistry other = await TestRegistry.StartAsync();
        await using TestRegistry registry = await TestRegistry.StartAsync();
        byte[] content = "content"u8.ToArray();
        Descriptor blob = registry.AddBlob("app", content);
        registry.Faults.Add(Fault.On("GET", "/blobs/").RedirectTo(other.AddFile("/blob", content).ToString()));
        var session = new OciSession(http, new CredentialEnvironment(_ => null, "/nowhere"));
        RegistryStore store = session.OpenRegistry(
            ImageReference.ForRegistry(registry.Host, "app"),
            new RegistryOptions { Transport = s_profile with { ClientCertificate = certificate } });

        await using (Stream stream = await store.OpenBlobAsync(blob, 0, Token))
            Assert.Equal(content.Length, await stream.ReadAsync(new byte[100], Token));

        Assert.Equal(2, http.Profiles.Count);
        Assert.Equal((certificate, NetworkPlace.Metadata), (http.Profiles[0].ClientCertificate, http.Profiles[0].Reach));
        Assert.Equal((null, NetworkPlace.ThisComputer), (http.Profiles[1].ClientCertificate, http.Profiles[1].Reach));
    }

    private sealed class RecordingHttp(HttpClientSource inner) : IHttpClientSource
    {
        public List<TransportProfile> Profiles { get; } = [];

        public HttpClient GetClient(TransportProfile profile)
        {
            Profiles.Add(profile);
            return inner.GetClient(profile);
        }
    }
}
