using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.Support;

namespace OciTools.Tests.Registry;

/// <summary>What the distribution registry does with images of Docker's schema 1.</summary>
public sealed class DistributionSchema1Tests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
    private readonly TemporaryDirectory _directory = new();
    private TestRegistry _from = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _from = await TestRegistry.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _from.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Takes_a_signed_image_checks_its_signature_and_gives_it_back_by_the_same_digest()
    {
        await using RealRegistry registry = await RealRegistry.StartAsync(schema1: true);
        TestImage image = Schema1Images.Usual().AddTo(_from, "old");
        ImageReference there = ImageReference.Parse(registry.Reference("old"));

        OciTransferResult pushed = await CopyAsync(_from.Reference("old"), there);
        // It signs anew whenever it is asked, so each of these has other bytes.
        OciManifest byTag = await FindAsync(there);
        OciManifest byDigest = await FindAsync(there.WithDigest(image.Root.Digest));
        OciTransferResult saved = await CopyAsync($"{there}", ImageReference.ForLayout(_directory.Path, "latest"));
        OciTransferResult again = await CopyAsync($"{there}", ImageReference.ForLayout(_directory.Path, "latest"));

        Assert.All(
            [pushed.Digest, byTag.Digest, byDigest.Digest, saved.Digest, again.Digest],
            digest => Assert.Equal(image.Root.Digest, digest));
        Assert.Equal(MediaTypes.DockerManifestSchema1Signed, byTag.MediaType);
        Assert.Equal(3, byTag.Layers!.Count);
        Assert.True(again.IsUpToDate);
    }

    [Fact]
    public async Task Gives_an_image_that_skopeo_signed()
    {
        Skopeo.Require();
        await using RealRegistry registry = await RealRegistry.StartAsync(schema1: true);
        TestImages.DockerSingle().AddTo(_from, "app");
        await Skopeo.CopyAsync(
            $"docker://{_from.Reference("app")}", $"docker://{registry.Reference("app")}", "--format", "v2s1");

        OciManifest original = await FindAsync(ImageReference.Parse(_from.Reference("app")));
        OciManifest found = await FindAsync(ImageReference.Parse(registry.Reference("app")));
        OciTransferResult converted = await CopyAsync(
            registry.Reference("app"), ImageReference.ForLayout(_directory.Path, "latest"), convert: true);

        Assert.Equal(MediaTypes.DockerManifestSchema1Signed, found.MediaType);
        Assert.Equal(original.Layers, found.Layers!);
        Assert.Equal(original.Platform, found.Platform);
        OciManifest saved = await FindAsync(ImageReference.ForLayout(_directory.Path, "latest"));
        Assert.Equal(converted.Digest, saved.Digest);
        Assert.Equal(original.Layers, saved.Layers!);
    }

    [Fact]
    public async Task Refuses_the_image_unless_it_is_told_otherwise_and_takes_it_converted()
    {
        await using RealRegistry registry = await RealRegistry.StartAsync();
        Schema1Images.Usual().AddTo(_from, "old");
        ImageReference there = ImageReference.Parse(registry.Reference("old"));

        OciException exception =
            await Assert.ThrowsAnyAsync<OciException>(() => CopyAsync(_from.Reference("old"), there));

        // It says nothing but that something went wrong.
        Assert.Equal(OciErrorCode.RegistryUnavailable, exception.Code);
        Assert.Contains("-ConvertSchema1", exception.Message, StringComparison.Ordinal);
        OciTransferResult converted = await CopyAsync(_from.Reference("old"), there, convert: true);
        Assert.Equal(converted.Digest, (await FindAsync(there)).Digest);
    }

    private async Task<OciManifest> FindAsync(ImageReference reference)
    {
        var request = new GetManifestRequest { Reference = reference, Options = RegistryFixture.Options };
        return await new GetManifestOperation(_fixture.Session)
            .RunAsync(request, _fixture, Token).SingleAsync(Token);
    }

    private Task<OciTransferResult> CopyAsync(string source, ImageReference destination, bool convert = false) =>
        new CopyImageOperation(RegistryFixture.NewSession()).RunAsync(
            new CopyImageRequest
            {
                Source = ImageReference.Parse(source),
                Destination = destination,
                ConvertSchema1 = convert,
                SourceOptions = RegistryFixture.Options,
                DestinationOptions = RegistryFixture.Options,
            },
            _fixture,
            Token);
}
