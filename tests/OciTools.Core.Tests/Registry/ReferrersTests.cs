using System.Text;
using System.Text.Json.Nodes;
using OciTools.Registry;
using OciTools.Testing;

namespace OciTools.Tests.Registry;

public sealed class ReferrersTests : IAsyncLifetime
{
    private const string FallbackMember = "org.example.kept";

    private readonly RegistryFixture _fixture = new();
    private readonly TestImage _image = TestImages.Single();
    private TestRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FallbackTag => $"sha256-{_image.Root.Digest.Hex}";

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _image.AddTo(_registry, "app");
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Lists_through_the_api_and_its_pages()
    {
        _registry.Options.PageSize = 2;
        RegistryStore store = Store();
        foreach (int seed in Enumerable.Range(1, 5))
            await WriteAsync(store, Referrer(seed));
        _registry.ClearRequests();

        IReadOnlyList<Descriptor> found = await store.ListReferrersAsync(_image.Root.Digest, Token);
        Assert.Equal(5, found.Count);
        Assert.All(found, entry => Assert.Equal("application/vnd.example.sbom", entry.ArtifactType));
        Assert.Equal(3, _registry.Requests.Count);
        Assert.DoesNotContain(FallbackTag, _registry.GetTags("app"));
    }

    [Fact]
    public async Task Is_empty_where_nothing_refers() =>
        Assert.Empty(await Store().ListReferrersAsync(_image.Root.Digest, Token));

    [Fact]
    public async Task Keeps_the_fallback_tag_where_there_is_no_api_and_remembers_that()
    {
        _registry.Options.Referrers = false;
        RegistryStore store = Store();
        TestImage[] referrers = [Referrer(1), Referrer(2)];
        foreach (TestImage referrer in referrers)
            await WriteAsync(store, referrer);

        IReadOnlyList<Descriptor> found = await store.ListReferrersAsync(_image.Root.Digest, Token);
        Assert.Equal(referrers.Select(referrer => referrer.Root.Digest), found.Select(entry => entry.Digest));
        Assert.All(found, entry => Assert.Equal("application/vnd.example.sbom", entry.ArtifactType));
        _registry.ClearRequests();
        await store.ListReferrersAsync(_image.Root.Digest, Token);
        Assert.Equal([$"GET app/manifests/{FallbackTag}"], RegistryFixture.Requests(_registry));
    }

    [Fact]
    public async Task Adds_to_a_fallback_list_without_losing_what_is_in_it()
    {
        _registry.Options.Referrers = false;
        RegistryStore store = Store();
        await WriteAsync(store, Referrer(1));
        JsonObject list = Fallback();
        list[FallbackMember] = "yes";
        _registry.PutManifest(
            "app", FallbackTag, Encoding.UTF8.GetBytes(list.ToJsonString()), MediaTypes.OciIndex);

        await WriteAsync(store, Referrer(2));
        await WriteAsync(store, Referrer(2));
        Assert.Equal("yes", Fallback()[FallbackMember]?.GetValue<string>());
        Assert.Equal(2, Fallback()["manifests"]!.AsArray().Count);
    }

    [Fact]
    public async Task Writes_the_fallback_list_again_when_another_writer_has_replaced_it()
    {
        _registry.Options.Referrers = false;
        RegistryStore store = Store();
        int puts = 0;
        byte[] empty = Encoding.UTF8.GetBytes($$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[]}
            """);
        _registry.Options.Middleware = async (context, next) =>
        {
            await next();
            bool isList = context.Request.Method == "PUT" && context.Request.Path.Value!.EndsWith(FallbackTag);
            if (isList && Interlocked.Increment(ref puts) == 1)
                _registry.PutManifest("app", FallbackTag, empty, MediaTypes.OciIndex);
        };
        TestImage referrer = Referrer(1);
        await WriteAsync(store, referrer);

        Assert.Equal(2, puts);
        Assert.Equal(
            [referrer.Root.Digest],
            (await store.ListReferrersAsync(_image.Root.Digest, Token)).Select(entry => entry.Digest));
    }

    [Fact]
    public async Task Does_not_trust_a_subject_header_without_an_api()
    {
        _registry.Options.Referrers = false;
        _registry.Faults.Add(Fault.On("PUT", "/manifests/sha256:").Always()
            .Header("OCI-Subject", _image.Root.Digest.ToString()));
        await WriteAsync(Store(), Referrer(1));

        Assert.Single(Fallback()["manifests"]!.AsArray());
    }

    private RegistryStore Store() => _fixture.Open(_registry.Host, "app");

    private JsonObject Fallback() => JsonNode.Parse(_registry.GetManifest("app", FallbackTag)!.Value.Bytes)!.AsObject();

    private TestImage Referrer(int seed) => TestImages.Referrer(_image, seed);

    private async Task WriteAsync(RegistryStore store, TestImage referrer)
    {
        foreach (TestContent blob in referrer.Blobs)
            _registry.AddBlob("app", blob.Bytes, blob.Descriptor.MediaType);
        await store.WriteDocumentAsync(
            RawDocument.Create(referrer.RootBytes, referrer.Root), referrer.Root, null, true, Token);
    }
}
