using OciTools.Operations;
using OciTools.Tests.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

public sealed class GetFileContentOperationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("etc/a")]
    [InlineData("/etc//./a")]
    [InlineData("../../etc/a")]
    public async Task The_topmost_layer_that_has_the_file_wins_and_no_layer_below_is_read(string path)
    {
        using var image = new LayeredImage(
            new TarBlocks().File("etc/a", "lower").End(),
            new TarBlocks().Header("./etc/", '5').File("./etc/a", "upper").End(),
            new TarBlocks().Header("etc/", '5').File("etc/b", "other").End());
        image.RemoveLayer(0);

        OciFileContent content = await RunAsync(image, path);

        Assert.Equal("upper", content.ReadText());
        Assert.Equal((image.Layers[1], "etc/a", path), (content.Item.Layer, content.Item.Path, content.Path));
    }

    [Fact]
    public async Task A_whiteout_takes_a_file_of_the_layers_below_away()
    {
        using var image = new LayeredImage(
            new TarBlocks().File("etc/a", "a").File("etc/b", "b").File("usr/c", "c").End(),
            new TarBlocks().File("etc/.wh.a", "").File(".wh.usr", "").End());

        await FailAsync(image, "etc/a");
        await FailAsync(image, "usr/c");
        Assert.Equal("b", (await RunAsync(image, "etc/b")).ReadText());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Marks_do_not_concern_their_own_layer_whatever_the_order(bool marksFirst)
    {
        byte[] marks = new TarBlocks().File("d/.wh..wh..opq", "").File("d/.wh.a", "").ToArray();
        byte[] files = new TarBlocks().File("d/a", "new").ToArray();
        using var image = new LayeredImage(
            new TarBlocks().File("d/a", "old").File("d/b", "old").File("e", "e").End(),
            marksFirst ? [.. marks, .. files] : [.. files, .. marks]);

        Assert.Equal("new", (await RunAsync(image, "d/a")).ReadText());
        await FailAsync(image, "d/b");
        Assert.Equal("e", (await RunAsync(image, "e")).ReadText());
    }

    [Fact]
    public async Task A_file_or_link_in_place_of_a_directory_hides_what_was_in_it()
    {
        using var image = new LayeredImage(
            new TarBlocks().File("d/a", "old").End(),
            new TarBlocks().File("d", "now a file").End(),
            new TarBlocks().Header("d/", '5').File("d/b", "b").End());

        await FailAsync(image, "d/a");
        Assert.Equal("b", (await RunAsync(image, "d/b")).ReadText());
    }

    [Theory]
    [InlineData("etc/relative")]
    [InlineData("etc/absolute")]
    [InlineData("etc/out")]
    [InlineData("etc/chain")]
    [InlineData("lib/os-release")]
    [InlineData("etc/up")]
    [InlineData("link/../os-release")]
    public async Task Symbolic_links_are_followed_within_the_image(string path)
    {
        using var image = new LayeredImage(
            new TarBlocks()
                .File("usr/lib/os-release", "right")
                .File("os-release", "wrong")
                .File("usr/os-release", "wrong")
                .Header("usr/lib/deep/", '5')
                .Header("lib", '2', link: "usr/lib")
                .Header("link", '2', link: "usr/lib/deep")
                .End(),
            new TarBlocks()
                .Header("etc/relative", '2', link: "../usr/lib/os-release")
                .Header("etc/absolute", '2', link: "/usr/lib/os-release")
                .Header("etc/out", '2', link: "../../../../usr/lib/os-release")
                .Header("etc/chain", '2', link: "relative")
                .Header("etc/up", '2', link: "../link/../os-release")
                .End());

        OciFileContent content = await RunAsync(image, path);

        Assert.Equal("right", content.ReadText());
        Assert.Equal(("usr/lib/os-release", image.Layers[0]), (content.Item.Path, content.Item.Layer));
    }

    [Fact]
    public async Task A_symbolic_link_leads_to_what_the_layers_above_made_of_its_target()
    {
        using var image = new LayeredImage(
            new TarBlocks().File("target", "old").Header("link", '2', link: "target").End(),
            new TarBlocks().File("target", "new").End());

        Assert.Equal("new", (await RunAsync(image, "link")).ReadText());
    }

    [Fact]
    public async Task A_hard_link_keeps_the_content_that_its_target_had()
    {
        using var image = new LayeredImage(
            new TarBlocks().File("first", "first").End(),
            new TarBlocks()
                .File("target", "old")
                .Header("link", '1', link: "target")
                .Header("far", '1', link: "/first")
                .End(),
            new TarBlocks().File("target", "new").File("first", "newer").End(),
            new TarBlocks().File(".wh.target", "").End());

        Assert.Equal("old", (await RunAsync(image, "link")).ReadText());
        Assert.Equal("first", (await RunAsync(image, "far")).ReadText());
        await FailAsync(image, "target");
    }

    [Fact]
    public async Task A_layer_without_entries_for_its_directories_writes_behind_the_links_of_others()
    {
        using var image = new LayeredImage(
            new TarBlocks()
                .Header("usr/", '5').Header("usr/lib/", '5').File("usr/lib/a", "old")
                .Header("lib", '2', link: "usr/lib").End(),
            new TarBlocks().File("lib/a", "new").File("lib/b", "b").End(),
            new TarBlocks().File("lib/.wh.b", "").End());

        Assert.Equal("new", (await RunAsync(image, "usr/lib/a")).ReadText());
        Assert.Equal("new", (await RunAsync(image, "lib/a")).ReadText());
        await FailAsync(image, "usr/lib/b");
        await FailAsync(image, "usr/lib", OciErrorCode.NotSupported);
    }

    [Fact]
    public async Task A_hard_link_keeps_what_its_own_layer_replaces_afterwards()
    {
        using var image = new LayeredImage(
            new TarBlocks().File("target", "old").End(),
            new TarBlocks().Header("link", '1', link: "target").File("target", "new").End());

        Assert.Equal("old", (await RunAsync(image, "link")).ReadText());
        Assert.Equal("new", (await RunAsync(image, "target")).ReadText());
    }

    [Fact]
    public async Task Of_the_same_name_twice_in_a_layer_the_last_counts()
    {
        using var image = new LayeredImage(
            new TarBlocks()
                .File("a", "the first is longer")
                .File("a", "last")
                .File("b", "")
                .Header("b", '2', link: "a")
                .End());

        Assert.Equal("last", (await RunAsync(image, "a")).ReadText());
        Assert.Equal("last", (await RunAsync(image, "b")).ReadText());
    }

    [Fact]
    public async Task Links_in_a_circle_end()
    {
        using var image = new LayeredImage(new TarBlocks()
            .Header("a", '2', link: "b")
            .Header("b", '2', link: "a")
            .Header("self", '1', link: "self")
            .Header("up", '2', link: "up/../up")
            .End());

        await FailAsync(image, "a", OciErrorCode.LimitExceeded);
        await FailAsync(image, "self", OciErrorCode.LimitExceeded);
        await FailAsync(image, "up", OciErrorCode.LimitExceeded);
    }

    [Fact]
    public async Task What_is_missing_or_no_file_is_told()
    {
        using var image = new LayeredImage(
            new TarBlocks()
                .Header("d/", '5')
                .File("d/f", "")
                .Header("null", '3')
                .Header("loose", '2', link: "nowhere")
                .End());

        OciException missing = await FailAsync(image, "D/f");
        Assert.Contains("'D/f'", missing.Message);
        await FailAsync(image, "loose");
        await FailAsync(image, "d/f/more");
        await FailAsync(image, "d", OciErrorCode.NotSupported);
        await FailAsync(image, "/", OciErrorCode.NotSupported);
        await FailAsync(image, "null", OciErrorCode.NotSupported);
    }

    [Fact]
    public async Task A_file_over_the_limit_is_refused()
    {
        using var image = new LayeredImage(new TarBlocks().File("a", "12345").End());

        OciException exception = await Assert.ThrowsAsync<OciException>(() => RunAsync(image, "a", maximumSize: 4));

        Assert.Equal(OciErrorCode.LimitExceeded, exception.Code);
        Assert.Equal(5, (await RunAsync(image, "a")).Bytes.Length);
    }

    [Fact]
    public async Task Content_of_a_layer_that_is_not_what_was_promised_is_not_handed_out()
    {
        using var image = new LayeredImage(new TarBlocks().File("a", "12345").End());
        image.DamageLayer(0, new TarBlocks().File("a", "false").End());

        await FailAsync(image, "a", OciErrorCode.ContentMismatch);
    }

    [Fact]
    public async Task Several_files_take_one_look_at_each_layer_and_a_missing_one_does_not_stop_the_others()
    {
        using var image = new LayeredImage(
            new TarBlocks().File("a", "below").File("b", "1").File("large", "123456").End(),
            new TarBlocks().File("a", "2").Header("c", '2', link: "b").End());
        var log = new EventLog();
        var failed = new List<OciException>();
        var request = new GetFileContentRequest
        {
            Reference = image.Reference, Paths = ["b", "nosuch", "large", "/a", "etc"], MaximumSize = 5,
        };

        List<OciFileContent> contents = await CollectAsync(new GetFileContentOperation(LayeredImage.Session)
            .RunAsync(request, failed.Add, log, Cancel));

        Assert.Equal(["b 1", "/a 2"], contents.Select(content => $"{content.Path} {content.ReadText()}"));
        Assert.Equal(
            [OciErrorCode.FileNotFound, OciErrorCode.LimitExceeded, OciErrorCode.FileNotFound],
            failed.Select(exception => exception.Code));
        Assert.Contains("'large' has 6 bytes", failed[1].Message);
        Assert.Equal(2, Enumerable.Range(0, log.Count).Count(i => log[i].Kind == TransferEventKind.Started));
    }

    private static async Task<OciFileContent> RunAsync(LayeredImage image, string path, long? maximumSize = null)
    {
        var request = new GetFileContentRequest { Reference = image.Reference, Paths = [path] };
        return Assert.Single(await CollectAsync(new GetFileContentOperation(LayeredImage.Session).RunAsync(
            maximumSize is { } size ? request with { MaximumSize = size } : request, null, null, Cancel)));
    }

    private static async Task<List<OciFileContent>> CollectAsync(IAsyncEnumerable<OciFileContent> contents)
    {
        var list = new List<OciFileContent>();
        await foreach (OciFileContent content in contents)
            list.Add(content);
        return list;
    }

    private static async Task<OciException> FailAsync(
        LayeredImage image, string path, OciErrorCode code = OciErrorCode.FileNotFound)
    {
        OciException exception = await Assert.ThrowsAsync<OciException>(() => RunAsync(image, path));
        Assert.Equal(code, exception.Code);
        return exception;
    }
}
