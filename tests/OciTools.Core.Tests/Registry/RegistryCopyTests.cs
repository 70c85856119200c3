using OciTools.Registry;
using OciTools.Testing;
using OciTools.Tests.Support;
using OciTools.Transfer;

namespace OciTools.Tests.Registry;

/// <summary>Whole images, pulled and pushed, and what that costs in requests.</summary>
public sealed class RegistryCopyTests
{
    private readonly RegistryFixture _fixture = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pulls_an_image_with_one_request_for_each_content()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single(layers: 3).AddTo(registry, "app");
        RegistryStore source = _fixture.Open(registry.Host, "app");
        var sink = new MemoryStore(holdsCompleteGraphs: false);

        RawDocument root = await source.ResolveAsync(ImageReference.Parse(registry.Reference("app")), Token);
        await new GraphCopier(source, sink).CopyAsync(root.ToDescriptor(), "latest", null, Token);

        Assert.Equal(image.RootBytes, root.Bytes.ToArray());
        Assert.All(image.Blobs, blob => Assert.Equal(blob.Bytes, sink.Blobs[blob.Descriptor.Digest]));
        // The manifest, the config, three layers.
        Assert.Equal(5, registry.Requests.Count);
    }

    [Fact]
    public async Task Pushes_an_image_to_a_registry_and_skips_it_the_second_time()
    {
        await using TestRegistry origin = await TestRegistry.StartAsync();
        await using TestRegistry target = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single(layers: 3).AddTo(origin, "app");
        await CopyAsync(origin, "app", target, "copy");

        Assert.All(
            image.Blobs,
            blob => Assert.Equal(blob.Bytes, target.GetBlob("copy", blob.Descriptor.Digest)));
        Assert.Equal(image.RootBytes, target.GetManifest("copy", "latest")?.Bytes);
        // For each of four blobs a POST that asks and opens, and a PUT; then the manifest.
        Assert.Equal(4 * 2 + 1, target.Requests.Count(request => request.Method != "HEAD"));

        target.ClearRequests();
        await CopyAsync(origin, "app", target, "copy");
        Assert.DoesNotContain(target.Requests, request => request.Method == "PUT" && request.Path.Contains("/blobs/"));
    }

    [Fact(Timeout = 60_000)]
    public async Task More_uploads_than_connections_leave_some_to_read_from_the_same_registry()
    {
        await using TestRegistry registry =
            await TestRegistry.StartAsync(new TestRegistryOptions { Mounts = false });
        TestImage image = TestImages.Single(layers: 100).AddTo(registry, "app");
        RegistryStore source = _fixture.Open(registry.Host, "app");
        string[] copies = ["one", "two", "three", "four"];

        await Task.WhenAll(copies.Select(copy =>
            new GraphCopier(source, _fixture.Open(registry.Host, copy), new GraphCopyOptions { ThrottleLimit = 64 })
                .CopyAsync(image.Root, "latest", null, Token)));

        Assert.All(copies, copy => Assert.Equal(image.RootBytes, registry.GetManifest(copy, "latest")?.Bytes));
    }

    [Fact]
    public async Task Signs_in_once_to_push_an_image()
    {
        await using TestRegistry target = await TestRegistry.StartAsync(
            new TestRegistryOptions { Auth = RegistryAuth.Bearer });
        await using TestRegistry origin = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single(layers: 3).AddTo(origin, "app");
        RegistryOptions options = RegistryFixture.Options with
        {
            Credential = new(target.Options.UserName, target.Options.Password),
        };
        var place = ImageReference.ForRegistry(target.Host, "copy", "latest");
        IContentSink sink = _fixture.Session.OpenSink(place, options, _fixture);
        Assert.Null(await sink.FindAsync(place, Token));
        await new GraphCopier(_fixture.Open(origin.Host, "app"), sink).CopyAsync(image.Root, "latest", null, Token);

        Assert.Equal(image.RootBytes, target.GetManifest("copy", "latest")?.Bytes);
        RecordedRequest token = Assert.Single(target.TokenRequests);
        string asked = Uri.UnescapeDataString(token.Query) + token.Form.GetValueOrDefault("scope");
        Assert.Contains("repository:copy:pull,push", asked);
        // A look for the tag that was answered 401, the token, the look again, one for the digest; two for each blob;
        // the manifest.
        Assert.Equal(4 + 4 * 2 + 1, target.Requests.Count);
    }

    [Fact]
    public async Task Mounts_the_blobs_of_another_repository_of_the_same_registry()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single(layers: 2).AddTo(registry, "app");
        await CopyAsync(registry, "app", registry, "copy");

        Assert.Equal(3, _fixture.Events.Count(item => item.Kind == TransferEventKind.Mounted));
        Assert.DoesNotContain(
            registry.Requests, request => request.Method == "GET" && request.Path.Contains("/blobs/"));
        Assert.All(image.Blobs, blob => Assert.Equal(blob.Bytes, registry.GetBlob("copy", blob.Descriptor.Digest)));
    }

    [Fact]
    public async Task Copies_to_and_from_a_distribution_registry()
    {
        await using RealRegistry registry = await RealRegistry.StartAsync();
        await using TestRegistry origin = await TestRegistry.StartAsync();
        TestImage image = TestImages.MultiPlatform().AddTo(origin, "app");
        RegistryStore source = _fixture.Open(origin.Host, "app");
        RegistryStore middle = _fixture.Open(registry.Host, "one/app");
        RegistryStore last = _fixture.Open(registry.Host, "two/app");

        await CopyAsync(source, middle, image.Root);
        await CopyAsync(middle, last, image.Root);

        RawDocument root = await last.ResolveAsync(last.Location.WithTag("latest"), Token);
        Assert.Equal(image.RootBytes, root.Bytes.ToArray());
        foreach (TestContent blob in image.Blobs)
        {
            await using Stream content = await last.OpenBlobAsync(blob.Descriptor, 0, Token);
            Assert.Equal(blob.Bytes, await content.ReadAllAsync(Token));
        }

        Assert.Contains(_fixture.Events, item => item.Kind == TransferEventKind.Mounted);
    }

    private async Task CopyAsync(TestRegistry from, string repository, TestRegistry to, string target)
    {
        RegistryStore source = _fixture.Open(from.Host, repository);
        RawDocument root = await source.ResolveAsync(source.Location.WithTag("latest"), Token);
        await CopyAsync(source, _fixture.Open(to.Host, target), root.ToDescriptor());
    }

    private async Task CopyAsync(RegistryStore source, RegistryStore sink, Descriptor root) =>
        await new GraphCopier(source, sink, new GraphCopyOptions { Progress = _fixture })
            .CopyAsync(root, "latest", null, Token);
}
