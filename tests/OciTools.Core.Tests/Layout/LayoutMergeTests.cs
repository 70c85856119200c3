using System.Text.Json.Nodes;
using OciTools.Layout;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Layout;

public sealed class LayoutMergeTests : IDisposable
{
    private const string Name = "org.opencontainers.image.ref.name";

    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _layout.Dispose();

    [Fact]
    public async Task Fields_of_others_live_on()
    {
        Descriptor other = AddImage("linux/amd64", "other");
        _layout.WriteLayout($$"""
            {"schemaVersion":2,"x-vendor":{"deep":[1,2.50,"ä+"]},"manifests":[
            {"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{other.Digest}}","size":{{other.Size}},"x-more":true,
            "annotations":{"io.containerd.image.name":"docker.io/library/other:v0"} }],"annotations":{"a":"b"} }
            """);

        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");

        JsonObject index = _layout.ReadIndex();
        Assert.Equal("""{"deep":[1,2.50,"ä+"]}""", index["x-vendor"]!.ToJsonString(new()
        {
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }));
        Assert.Equal("b", (string?)index["annotations"]!["a"]);
        Assert.True((bool?)index["manifests"]![0]!["x-more"]);
        Assert.Equal("v1", (string?)index["manifests"]![1]!["annotations"]![Name]);
    }

    [Fact]
    public async Task A_name_moves_to_the_new_image_and_takes_the_place_of_the_old()
    {
        Descriptor replacement = AddImage("linux/amd64", "c");
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        await _layout.SaveAsync(AddImage("linux/amd64", "b"), "v2");

        await _layout.SaveAsync(replacement, "v1");

        Assert.Equal(["v1", "v2"], Names());
        Assert.Equal(replacement.Digest.ToString(), (string?)_layout.ReadEntries()[0]["digest"]);
    }

    [Fact]
    public async Task What_others_wrote_meanwhile_counts_though_length_and_time_are_the_same()
    {
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        DateTime time = File.GetLastWriteTimeUtc(_layout.IndexPath);
        string index = File.ReadAllText(_layout.IndexPath);
        File.WriteAllText(_layout.IndexPath, index.Replace("\"v1\"", "\"v2\"", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(_layout.IndexPath, time);

        await _layout.SaveAsync(AddImage("linux/amd64", "b"), "v3");

        Assert.Equal(["v2", "v3"], Names());
    }

    [Fact]
    public async Task Platforms_saved_one_by_one_share_their_name()
    {
        Descriptor first = AddImage("linux/amd64", "a");
        Descriptor second = AddImage("linux/arm64", "b");

        await _layout.SaveAsync(first, "v1");
        await _layout.SaveAsync(second, "v1");

        Assert.Equal(["v1", "v1"], Names());
        await using var store = LayoutStore.Open(_layout.Root);
        RawDocument document = await store.ResolveAsync(_layout.Reference(), Cancellation);
        Assert.Equal([first.Digest, second.Digest], document.Children.Select(child => child.Digest));
    }

    [Fact]
    public async Task A_new_image_for_one_platform_leaves_the_other_platform_alone()
    {
        Descriptor kept = AddImage("linux/arm64", "b");
        Descriptor replacement = AddImage("linux/amd64", "c");
        await _layout.SaveAsync(AddImage("linux/amd64", "a"), "v1");
        await _layout.SaveAsync(kept, "v1");

        await _layout.SaveAsync(replacement, "v1");

        Assert.Equal(
            [replacement.Digest.ToString(), kept.Digest.ToString()],
            _layout.ReadEntries().Select(entry => (string?)entry["digest"]));
    }

    [Fact]
    public async Task A_whole_index_takes_the_place_of_single_platforms()
    {
        Descriptor first = AddImage("linux/amd64", "a");
        Descriptor second = AddImage("linux/arm64", "b");
        Descriptor index = _layout.Source.AddIndex([first, second]);
        await _layout.SaveAsync(first, "v1");
        await _layout.SaveAsync(second, "v1");

        await _layout.SaveAsync(index, "v1");

        Assert.Equal(index.Digest.ToString(), (string?)Assert.Single(_layout.ReadEntries())["digest"]);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData(null)]
    public async Task The_same_image_twice_is_listed_once_and_the_index_is_not_written_again(string? tag)
    {
        Descriptor image = AddImage("linux/amd64", "a");
        await _layout.SaveAsync(image, tag);
        File.SetLastWriteTimeUtc(_layout.IndexPath, DateTime.UnixEpoch);

        await _layout.SaveAsync(image, tag);

        Assert.Single(_layout.ReadEntries());
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(_layout.IndexPath));
    }

    [Fact]
    public async Task One_image_may_have_several_names()
    {
        Descriptor image = AddImage("linux/amd64", "a");

        await _layout.SaveAsync(image, "v1");
        await _layout.SaveAsync(image, "latest");

        Assert.Equal(["v1", "latest"], Names());
    }

    [Fact]
    public async Task The_name_in_the_source_gives_way_and_other_annotations_stay()
    {
        Descriptor image = AddImage("linux/amd64", "a") with
        {
            Annotations = new Dictionary<string, string> { [Name] = "old", ["note"] = "kept" },
            ArtifactType = "a/b",
        };

        await _layout.SaveAsync(image, "new");

        JsonObject entry = Assert.Single(_layout.ReadEntries());
        Assert.Equal(
            """{"note":"kept","org.opencontainers.image.ref.name":"new"}""", entry["annotations"]!.ToJsonString());
        Assert.Equal("a/b", (string?)entry["artifactType"]);
    }

    private Descriptor AddImage(string platform, string layer) =>
        _layout.Source.AddImage(platform, [_layout.Source.AddLayer(layer)]);

    private IEnumerable<string?> Names() => _layout.ReadEntries().Select(entry => (string?)entry["annotations"]?[Name]);
}
