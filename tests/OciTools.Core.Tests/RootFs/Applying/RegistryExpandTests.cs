using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.Registry;
using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

/// <summary>Images that are unpacked straight from a registry.</summary>
public sealed class RegistryExpandTests
{
    private readonly RegistryFixture _fixture = new();

    [Theory]
    [InlineData(ExpandForm.Directory)]
    [InlineData(ExpandForm.Tar)]
    [InlineData(ExpandForm.Git)]
    public async Task Each_layer_is_fetched_once_and_in_order(ExpandForm form)
    {
        if (form == ExpandForm.Git)
            Tool.Require("git");
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single(layers: 3).AddTo(registry, "app");
        using var directory = new TemporaryDirectory();

        OciExpandResult result = await ExpandAsync(registry.Reference("app"), directory.Combine("target"), form);

        Assert.Equal(3, result.Layers);
        string[] blobs = [.. registry.Requests.Where(r => r.Path.Contains("/blobs/")).Select(r => r.Path[^64..])];
        string[] layers = [.. image.Json["layers"]!.AsArray().Select(layer => (string)layer!["digest"]!)];
        Assert.Equal(layers.Select(layer => layer[^64..]), blobs.Skip(1));
        Assert.Equal(["target"], Directory.GetFileSystemEntries(directory.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_platform_of_this_machine_is_the_default_and_others_can_be_named()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImages.MultiPlatform().AddTo(registry, "app");
        using var directory = new TemporaryDirectory();

        OciExpandResult host = await ExpandAsync(registry.Reference("app"), directory.Combine("host"));
        OciExpandResult arm = await ExpandAsync(
            registry.Reference("app"), directory.Combine("arm"), platform: Platform.Parse("linux/arm/v7"));

        Assert.Equal(Platform.Host.Architecture, host.Platform?.Architecture);
        Assert.Equal("linux/arm/v7", arm.Platform?.ToString());
    }

    [Fact]
    public async Task A_platform_that_is_not_there_is_an_error_that_lists_those_that_are()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImages.MultiPlatform().AddTo(registry, "app");
        using var directory = new TemporaryDirectory();

        OciException exception = await Assert.ThrowsAsync<OciException>(() => ExpandAsync(
            registry.Reference("app"), directory.Combine("target"), platform: Platform.Parse("linux/s390x")));

        Assert.Equal(OciErrorCode.PlatformNotFound, exception.Code);
        Assert.Contains("linux/arm/v7", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task An_artifact_is_no_image()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImages.Artifact().AddTo(registry, "thing");
        using var directory = new TemporaryDirectory();

        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => ExpandAsync(registry.Reference("thing"), directory.Combine("target")));

        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
    }

    private Task<OciExpandResult> ExpandAsync(
        string reference, string destination, ExpandForm form = ExpandForm.Directory, Platform? platform = null)
    {
        var request = new ExpandImageRequest
        {
            Reference = ImageReference.Parse(reference),
            Platform = platform,
            Form = form,
            Destination = destination,
            Options = RegistryFixture.Options,
        };
        return new ExpandImageOperation(_fixture.Session).RunAsync(
            request, _fixture, TestContext.Current.CancellationToken);
    }
}
