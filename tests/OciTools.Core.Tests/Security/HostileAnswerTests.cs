using System.Text;
using OciTools.Registry;
using OciTools.Testing;
using OciTools.Tests.Registry;
using OciTools.Transport;

namespace OciTools.Tests.Security;

/// <summary>Answers that are meant to hold up, fill up or confuse.</summary>
public sealed class HostileAnswerTests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
    private TestRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ImageReference Latest => ImageReference.ForRegistry(_registry.Host, "app", "latest");

    public async ValueTask InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_blob_that_drips_is_given_up()
    {
        Descriptor blob = _registry.AddBlob("app", new byte[100_000]);
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Always().Drip(1, TimeSpan.FromMilliseconds(5)));
        RegistryStore store = _fixture.Open(_registry.Host, "app", Impatient);

        OciException error = await Assert.ThrowsAsync<OciException>(async () =>
        {
            await using Stream stream = await store.OpenBlobAsync(blob, 0, Token);
            await stream.CopyToAsync(Stream.Null, Token);
        });

        Assert.Equal(OciErrorCode.OperationTimeout, error.Code);
    }

    [Fact]
    public async Task A_document_that_drips_is_given_up()
    {
        TestImages.Single().AddTo(_registry, "app");
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always().Drip(1, TimeSpan.FromMilliseconds(5)));
        RegistryStore store = _fixture.Open(_registry.Host, "app", Impatient);

        OciException error = await Assert.ThrowsAsync<OciException>(() => store.ResolveAsync(Latest, Token));

        Assert.Equal(OciErrorCode.OperationTimeout, error.Code);
    }

    [Theory]
    [InlineData("-1", "is negative")]
    [InlineData("35184372088833", "more than any content has")]
    [InlineData("9223372036854775807", "more than any content has")]
    [InlineData("9223372036854775808", "is not a whole number")]
    [InlineData("1e400", "is not a whole number")]
    [InlineData("1.5", "is not a whole number")]
    [InlineData("\"7\"", "is not a whole number")]
    public void A_size_that_nothing_has_is_refused_GHSA_f36w_mj3v_6jqv(string size, string reason)
    {
        OciException error = Assert.Throws<OciException>(() => RawDocument.Create(Manifest(size), MediaTypes.OciManifest));
        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"errors":[{"code":"\ud800","message":"x"}]}""")]
    [InlineData("""{"errors":[{"code":1,"message":[]}]}""")]
    [InlineData("""{"errors":{"code":"x"}}""")]
    [InlineData("""{"error":"\udc00"}""")]
    [InlineData("[[[[")]
    public async Task An_error_body_of_any_form_is_an_error_by_its_status(string body)
    {
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always().Status(403, body));

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => _fixture.Open(_registry.Host, "app").ResolveAsync(Latest, Token));

        Assert.Equal(OciErrorCode.AccessDenied, error.Code);
    }

    [Fact]
    public async Task Referrers_in_a_circle_end_oras_go_1215()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        TestImages.Referrer(image).AddTo(_registry, "app", tag: null);
        _registry.Faults.Add(Fault.On("GET", "/referrers/").Always()
            .Header("Link", $"</v2/app/referrers/{image.Root.Digest}?page=2>; rel=\"next\""));

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => _fixture.Open(_registry.Host, "app").ListReferrersAsync(image.Root.Digest, Token));

        Assert.Equal(OciErrorCode.RegistryProtocol, error.Code);
        Assert.Equal(2, _registry.Requests.Count);
    }

    [Fact]
    public async Task Referrers_on_another_host_are_not_asked_for()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        _registry.Faults.Add(Fault.On("GET", "/referrers/").Always()
            .Header("Link", "<https://elsewhere.example/v2/app/referrers/x>; rel=\"next\""));

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => _fixture.Open(_registry.Host, "app").ListReferrersAsync(image.Root.Digest, Token));

        Assert.Equal(OciErrorCode.UnsafeRedirect, error.Code);
    }

    [Fact]
    public async Task Referrers_without_end_are_given_up_oras_go_1215()
    {
        byte[] page = Encoding.UTF8.GetBytes("""{"schemaVersion":2,"manifests":[""" + string.Join(',', Enumerable
            .Repeat($$"""{"mediaType":"a/b","digest":"{{Digest.Compute("x"u8)}}","size":1}""", 20_000)) + "]}");
        int number = 0;
        _registry.Faults.Add(Fault.On("GET", "/referrers/").Always().Answer(async context =>
        {
            context.Response.ContentType = MediaTypes.OciIndex;
            context.Response.Headers.Link = $"<{context.Request.Path}?page={++number}>; rel=\"next\"";
            await context.Response.Body.WriteAsync(page, context.RequestAborted);
        }));

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => _fixture.Open(_registry.Host, "app").ListReferrersAsync(Digest.Compute("subject"u8), Token));

        Assert.Equal(OciErrorCode.LimitExceeded, error.Code);
        Assert.Equal(6, number);
    }

    [Fact]
    public async Task A_document_that_is_compressed_for_the_transport_is_not_unpacked()
    {
        TestImages.Single().AddTo(_registry, "app");
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always().Gzip());

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => _fixture.Open(_registry.Host, "app").ResolveAsync(Latest, Token));

        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
    }

    private static RegistryOptions Impatient { get; } = new()
    {
        Transport = new TransportProfile
        {
            IdleTimeout = TimeSpan.FromMilliseconds(200),
            RetryInterval = TimeSpan.FromMilliseconds(1),
            MaximumRetryCount = 1,
        },
    };

    private static byte[] Manifest(string size) => Encoding.UTF8.GetBytes($$"""
        {
          "schemaVersion": 2,
          "config": {"mediaType":"a/b","digest":"{{Digest.Compute("c"u8)}}","size":1},
          "layers": [{"mediaType":"a/b","digest":"{{Digest.Compute("x"u8)}}","size":{{size}}}]
        }
        """);
}
