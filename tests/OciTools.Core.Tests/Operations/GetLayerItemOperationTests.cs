using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

public sealed class GetLayerItemOperationTests
{
    private static readonly byte[] s_lower = new TarBlocks()
        .Header("./", '5')
        .Header("./etc/", '5')
        .File("./etc/passwd", "root")
        .Header("bin/sh", '2', link: "dash")
        .Header("bin/su", edit: block => TarBlocks.Put(block, 100, "0004755"))
        .End();

    private static readonly byte[] s_upper = new TarBlocks()
        .File("etc/.wh.passwd", "")
        .File("var/.wh..wh..opq", "")
        .File("var/.wh..wh.plnk", "")
        .Header("bin/ash", '1', link: "bin/su")
        .End();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Items_come_layer_by_layer_with_all_that_is_known()
    {
        using var image = new LayeredImage(s_lower, s_upper);

        List<OciLayerItem> items = await RunAsync(new GetLayerItemRequest { Reference = image.Reference });

        Assert.Equal(
            [
                ". drwxr--r--", "etc drwxr--r--", "etc/passwd -rw-r--r--", "bin/sh lrw-r--r--", "bin/su -rwsr-xr-x",
                "etc/passwd -rw-r--r--", "var -rw-r--r--", "var/.wh..wh.plnk -rw-r--r--", "bin/ash -rw-r--r--",
            ],
            items.Select(item => $"{item.Path} {item.ModeText.Replace("drw-", "drwx", StringComparison.Ordinal)}"));
        Assert.Equal(
            Enumerable.Repeat(image.Layers[0], 5).Concat(Enumerable.Repeat(image.Layers[1], 4)),
            items.Select(item => item.Layer));
        OciLayerItem file = items[2];
        Assert.Equal((4, 1000, 1001, "alice", "staff"), (file.Size, file.Uid, file.Gid, file.UserName, file.GroupName));
        Assert.Equal((OciFileType.SymbolicLink, "dash"), (items[3].Type, items[3].LinkTarget));
        Assert.Equal((OciFileType.HardLink, "bin/su"), (items[8].Type, items[8].LinkTarget));
        Assert.Null(file.LinkTarget);
        Assert.Equal([5], items.Select((item, i) => item.IsWhiteout ? i : -1).Where(i => i >= 0));
        Assert.Equal([6], items.Select((item, i) => item.IsOpaque ? i : -1).Where(i => i >= 0));
        Assert.All(items, item => Assert.NotNull(item.Reference.Digest));
    }

    [Theory]
    [InlineData("etc/*", 2)]
    [InlineData("/etc/passwd", 2)]
    [InlineData("*s?", 3)]
    [InlineData("ETC/*", 0)]
    public async Task Patterns_choose_by_path(string pattern, int count)
    {
        using var image = new LayeredImage(s_lower, s_upper);

        Assert.Equal(
            count, (await RunAsync(new GetLayerItemRequest { Reference = image.Reference, Paths = [pattern] })).Count);
    }

    [Fact]
    public async Task The_text_of_an_artifact_is_no_layer_of_files()
    {
        using var directory = new TemporaryDirectory();
        TestImages.Artifact().WriteLayout(directory.Path, "t");

        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => RunAsync(new GetLayerItemRequest { Reference = ImageReference.ForLayout(directory.Path, "t") }));

        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
        Assert.Contains("is no layer of files, but text/plain.", exception.Message);
    }

    [Fact]
    public async Task One_layer_can_be_listed_alone()
    {
        using var image = new LayeredImage(s_lower, s_upper);
        image.RemoveLayer(0);
        List<OciLayer> layers = await CollectAsync(new GetLayerOperation(LayeredImage.Session)
            .RunAsync(new GetManifestRequest { Reference = image.Reference }, null, Cancel));

        List<OciLayerItem> items = await CollectAsync(new GetLayerItemOperation(LayeredImage.Session)
            .RunAsync(layers[1], cancellationToken: Cancel));

        Assert.Equal(4, items.Count);
        Assert.Empty(await CollectAsync(new GetLayerItemOperation(LayeredImage.Session)
            .RunAsync(layers[1] with { Descriptor = null }, cancellationToken: Cancel)));
    }

    [Fact]
    public async Task A_layer_that_is_not_what_was_promised_fails_at_its_end()
    {
        using var image = new LayeredImage(s_lower, s_upper);
        image.DamageLayer(1, new TarBlocks().File("x", "").End());
        var paths = new List<string>();

        OciException exception = await Assert.ThrowsAsync<OciException>(async () =>
        {
            await foreach (OciLayerItem item in new GetLayerItemOperation(LayeredImage.Session)
                .RunAsync(new GetLayerItemRequest { Reference = image.Reference }, null, Cancel))
            {
                paths.Add(item.Path);
            }
        });

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Equal("x", paths[^1]);
    }

    [Fact]
    public async Task Of_several_platforms_the_one_of_this_machine_is_listed_or_the_one_asked_for()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImages.MultiPlatform().AddTo(registry, "app");
        var reference = ImageReference.Parse(registry.Reference("app"));

        List<OciLayerItem> windows = await RunAsync(
            new GetLayerItemRequest { Reference = reference, Platform = Platform.Parse("windows/amd64") });
        OciException none = await Assert.ThrowsAsync<OciException>(() => RunAsync(
            new GetLayerItemRequest { Reference = reference, Platform = Platform.Parse("linux/s390x") }));

        Assert.Equal(2, windows.Select(item => item.Layer).Distinct().Count());
        Assert.Equal(OciErrorCode.PlatformNotFound, none.Code);
        if (new PlatformSelector(Platform.Host).Matches(TestImages.Amd64))
            Assert.NotEmpty(await RunAsync(new GetLayerItemRequest { Reference = reference }));
    }

    [Fact]
    public async Task Whoever_stops_early_reads_no_further_layer()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single(layers: 3).AddTo(registry, "app");
        await foreach (OciLayerItem item in new GetLayerItemOperation(LayeredImage.Session).RunAsync(
            new GetLayerItemRequest { Reference = ImageReference.Parse(registry.Reference("app")) }, null, Cancel))
        {
            Assert.Equal("data", item.Path);
            break;
        }

        Digest[] layers = [.. image.Json["layers"]!.AsArray().Select(layer => Digest.Parse($"{layer!["digest"]}"))];
        string[] paths = [.. registry.Requests.Select(request => request.Path)];
        Assert.Equal(
            [layers[0]], layers.Where(layer => paths.Any(path => path.Contains(layer.Hex, StringComparison.Ordinal))));
    }

    private static Task<List<OciLayerItem>> RunAsync(GetLayerItemRequest request) =>
        CollectAsync(new GetLayerItemOperation(LayeredImage.Session).RunAsync(request, null, Cancel));

    private static async Task<List<T>> CollectAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (T item in items)
            list.Add(item);
        return list;
    }
}
