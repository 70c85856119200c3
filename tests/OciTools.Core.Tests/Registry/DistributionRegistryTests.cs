using System.Security.Cryptography;
using OciTools.Registry;
using OciTools.Testing;
using OciTools.Tests.Support;
using OciTools.Transfer;

namespace OciTools.Tests.Registry;

/// <summary>What the distribution registry does, rather than what the specification says.</summary>
public sealed class DistributionRegistryTests : IAsyncLifetime
{
    private const int Large = 40 * 1024 * 1024;

    private readonly RegistryFixture _fixture = new();
    private readonly MemoryStore _source = new(holdsCompleteGraphs: false);
    private RealRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _registry = await RealRegistry.StartAsync();

    public ValueTask DisposeAsync() => _registry?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task Takes_a_blob_in_chunks()
    {
        RegistryStore store = _fixture.Open(_registry.Host, "app");
        store.Connection.WantsChunks = true;
        Descriptor blob = NewBlob(Large);
        await store.WriteBlobAsync(blob, _source, false, _fixture, Token);

        Assert.Equal(3, Requests("PATCH"));
        await AssertHoldsAsync(blob);
    }

    [Fact]
    public async Task Takes_a_blob_whose_upload_broke()
    {
        await using var relay = new BreakingRelay(_registry.Url, Large / 2);
        Descriptor blob = NewBlob(Large);
        await _fixture.Open(relay.Host, "app").WriteBlobAsync(blob, _source, false, _fixture, Token);

        Assert.True(relay.HasBroken);
        Assert.Single(_fixture.Messages(TransferEventKind.Retried));
        await AssertHoldsAsync(blob);
    }

    [Fact]
    public async Task Takes_a_blob_whose_chunked_upload_broke()
    {
        await using var relay = new BreakingRelay(_registry.Url, Large / 2);
        RegistryStore store = _fixture.Open(relay.Host, "app");
        store.Connection.WantsChunks = true;
        Descriptor blob = NewBlob(Large);
        await store.WriteBlobAsync(blob, _source, false, _fixture, Token);

        Assert.True(relay.HasBroken);
        await AssertHoldsAsync(blob);
    }

    [Fact]
    public async Task Tells_by_a_mount_from_the_repository_itself_that_a_blob_is_there()
    {
        Descriptor blob = NewBlob(1000);
        Assert.Equal(BlobOutcome.Transferred, await WriteAsync(blob));
        Assert.Equal(2, Requests(""));

        // Another store knows nothing; the registry answers the one request with 201.
        Assert.Equal(BlobOutcome.Skipped, await WriteAsync(blob));
        Assert.Equal(3, Requests(""));
    }

    [Fact]
    public async Task Tells_by_its_tags_that_a_repository_is_new()
    {
        Descriptor blob = NewBlob(2 * 1024 * 1024);
        Assert.Equal(BlobOutcome.Transferred, await WriteAsync(blob));
        Assert.Equal(0, Requests("HEAD"));

        // A push that was interrupted left blobs and no tag. The mount finds them, so they are not sent again.
        Assert.Equal(BlobOutcome.Skipped, await WriteAsync(blob));
        Assert.Equal(1, Requests("PUT"));
    }

    [Fact]
    public async Task Keeps_referrers_under_a_tag()
    {
        TestImage image = TestImages.Single();
        TestImage referrer = TestImages.Referrer(image);
        RegistryStore store = _fixture.Open(_registry.Host, "app");
        foreach (TestContent content in image.Contents.Concat(referrer.Contents))
        {
            if (content.IsDocument)
            {
                RawDocument document = RawDocument.Create(content.Bytes, content.Descriptor);
                await store.WriteDocumentAsync(document, content.Descriptor, null, false, Token);
            }
            else
            {
                _source.AddBlob(content.Bytes, content.Descriptor.MediaType);
                await store.WriteBlobAsync(content.Descriptor, _source, false, _fixture, Token);
            }
        }

        Descriptor found = Assert.Single(await store.ListReferrersAsync(image.Root.Digest, Token));
        Assert.Equal(referrer.Root.Digest, found.Digest);
        Assert.Equal($"sha256-{image.Root.Digest.Hex}", Assert.Single(await TagsAsync(store)));
    }

    [Fact]
    public async Task Works_over_tls_with_a_password()
    {
        await using RealRegistry secure = await RealRegistry.StartAsync(tls: true, password: true);
        await using TestRegistry origin = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single(layers: 3).AddTo(origin, "app");
        RegistryOptions options = RegistryFixture.Options with
        {
            PlainHttp = false,
            Credential = new(RealRegistry.UserName, RealRegistry.Password),
            Transport = RegistryFixture.Options.Transport with
            {
                CertificateAuthorityPath = TestCertificates.Shared.AuthorityPath,
            },
        };
        RegistryStore source = _fixture.Open(origin.Host, "app");
        RegistryStore sink = _fixture.Open(secure.Host, "app", options);
        await new GraphCopier(source, sink).CopyAsync(image.Root, "latest", null, Token);

        Assert.Equal(image.Root, await sink.FindAsync(sink.Location.WithTag("latest"), Token));
        RegistryStore plain = _fixture.Open(secure.Host, "app", options with { PlainHttp = true });
        RegistryException hint = await Assert.ThrowsAsync<RegistryException>(
            () => plain.ResolveAsync(plain.Location.WithTag("latest"), Token));
        Assert.Contains("-PlainHttp:$false", hint.Message);
        RegistryStore wrong = _fixture.Open(secure.Host, "app", options with { Credential = new("alice", "wrong") });
        OciException error = await Assert.ThrowsAnyAsync<OciException>(
            () => wrong.FindAsync(wrong.Location.WithTag("latest"), Token));
        Assert.Equal(OciErrorCode.AuthenticationFailed, error.Code);
    }

    private Descriptor NewBlob(int length) =>
        _source.AddBlob(RandomNumberGenerator.GetBytes(length), MediaTypes.OciLayerGzip);

    private Task<BlobOutcome> WriteAsync(Descriptor blob) =>
        _fixture.Open(_registry.Host, "app").WriteBlobAsync(blob, _source, false, _fixture, Token);

    private int Requests(string method) => _fixture.Messages(TransferEventKind.Requested)
        .Count(message => message.StartsWith(method, StringComparison.Ordinal));

    private async Task AssertHoldsAsync(Descriptor blob)
    {
        await using Stream content = await _fixture.Open(_registry.Host, "app").OpenBlobAsync(blob, 0, Token);
        Assert.Equal(blob.Digest, Digest.Compute(await content.ReadAllAsync(Token)));
    }

    private static async Task<IReadOnlyList<string>> TagsAsync(RegistryStore store) =>
        await store.ListTagsAsync(Token).ToListAsync(Token);
}
