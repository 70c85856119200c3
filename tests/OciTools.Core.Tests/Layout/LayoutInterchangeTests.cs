using System.Text.Json.Nodes;
using OciTools.Layout;
using OciTools.Tests.Support;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Layout;

public sealed class LayoutInterchangeTests : IDisposable
{
    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _layout.Dispose();

    [Fact]
    public async Task Skopeo_reads_the_exact_manifest_by_its_name()
    {
        Skopeo.Require();
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(AddImage("linux/amd64", "b"), "other");
        await _layout.SaveAsync(image, "v1");

        string raw = await Skopeo.RunAsync("inspect", "--raw", $"oci:{_layout.Root}:v1");

        Assert.Equal(image.Digest, Digest.Compute(System.Text.Encoding.UTF8.GetBytes(raw)));
    }

    [Fact]
    public async Task Skopeo_copies_a_multi_platform_image_out_and_back_in_to_the_byte()
    {
        Skopeo.Require();
        Descriptor index = _layout.Source.AddIndex([AddImage("linux/amd64", "a"), AddImage("linux/arm64", "b")]);
        await _layout.SaveAsync(index, "v1");
        using var directory = new TemporaryDirectory();
        string copy = directory.Combine("copy");

        await Skopeo.CopyAsync($"oci:{_layout.Root}:v1", $"oci:{copy}:v1", "--all", "--preserve-digests");

        await using var store = LayoutStore.Open(copy);
        RawDocument document = await store.ResolveAsync(ImageReference.ForLayout(copy, "v1"), Cancellation);
        Assert.Equal(index.Digest, document.Digest);
        foreach (Digest digest in await _layout.Source.ClosureAsync(index))
            Assert.Equal(
                _layout.Source.Blobs[digest],
                await File.ReadAllBytesAsync(Path.Combine(copy, "blobs", "sha256", digest.Hex), Cancellation));
    }

    [Fact]
    public async Task Skopeo_reads_one_of_the_platforms_that_share_a_name()
    {
        Skopeo.Require();
        Descriptor first = AddImage("linux/amd64", "a");
        Descriptor second = AddImage("linux/arm64", "b");
        await _layout.SaveAsync(first, "v1");
        await _layout.SaveAsync(second, "v1");

        string raw = await Skopeo.RunAsync("inspect", "--raw", $"oci:{_layout.Root}:v1");

        Assert.Contains(
            Digest.Compute(System.Text.Encoding.UTF8.GetBytes(raw)), new[] { first.Digest, second.Digest });
    }

    [Fact]
    public async Task Umoci_lists_the_names()
    {
        Umoci.Require();
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        await _layout.SaveAsync(AddImage("linux/amd64", "b"), "v2");

        string output = await Umoci.RunAsync("ls", "--layout", _layout.Root);

        Assert.Equal(["v1", "v2"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    [Fact]
    public async Task A_layout_that_umoci_made_takes_another_image_and_keeps_its_own()
    {
        Umoci.Require();
        await Umoci.RunAsync("init", "--layout", _layout.Root);
        await Umoci.RunAsync("new", "--image", $"{_layout.Root}:theirs");
        JsonObject theirs = _layout.ReadEntries().Single();

        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "ours");

        Assert.Equal(theirs.ToJsonString(), _layout.ReadEntries()[0].ToJsonString());
        string output = await Umoci.RunAsync("ls", "--layout", _layout.Root);
        Assert.Equal(["ours", "theirs"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        await Umoci.RunAsync("stat", "--image", $"{_layout.Root}:theirs");
        await using var store = LayoutStore.Open(_layout.Root);
        RawDocument document = await store.ResolveAsync(_layout.Reference("theirs"), Cancellation);
        Assert.NotNull(document.Manifest);
    }

    private Descriptor AddImage(string platform, string layer) =>
        _layout.Source.AddImage(platform, [_layout.Source.AddLayer(layer)]);
}
