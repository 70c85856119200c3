using System.Text.Json.Nodes;
using OciTools.Operations;
using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

/// <summary>Images that are unpacked to a git history.</summary>
public sealed class GitExpandTests
{
    [Fact]
    public async Task Each_layer_is_a_commit_with_the_words_of_the_history_and_the_dates_of_the_config()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("etc/a", "one"), new LayerBuilder().File("etc/b", "two"));

        OciExpandResult result = await ExpandAsync(image);

        string log = await GitAsync(image, "log", "--reverse", "--format=%H|%s|%an|%ae|%aI|%cn|%cI", "main");
        const string Author = "Ann Author|ann@example.org";
        const string Day = "2024-01-02";
        Assert.Equal(
            [
                $"{result.Commits[0]}|RUN step 1|{Author}|{Day}T03:04:10+00:00|Ann Author|{Day}T03:04:10+00:00",
                $"{result.Commits[1]}|RUN step 2|{Author}|{Day}T03:04:11+00:00|Ann Author|{Day}T03:04:11+00:00",
            ],
            log.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("one", await GitAsync(image, "show", "main:etc/a"));
        Assert.Equal("one", await GitAsync(image, "show", $"{result.Commits[0]}:etc/a"));
        Assert.Equal(["main"], result.Branches);
        Assert.Equal("", await GitAsync(image, "fsck", "--strict"));
    }

    [Fact]
    public async Task Trees_are_those_of_the_image()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder()
                .File("bin/run", mode: 0b111_101_101).Link("sh", "/bin/run").File("a b/\"quoted\"\\n\nx").File("gone/x")
                .File("linked", "one").HardLink("second", "linked").File("opaque/old").File("type").Folder("empty"),
            new LayerBuilder()
                .Whiteout("gone").File("opaque/new").Opaque("opaque").Folder("type").File("linked", "two")
                .HardLink("third", "second"));

        OciExpandResult result = await ExpandAsync(image);

        string tree = await GitAsync(image, "ls-tree", "-r", "-z", "main");
        Assert.Equal(
            [
                "100644 .gitattributes", "100644 .oci-metadata.jsonl", "100644 a b/\"quoted\"\\n\nx", "100755 bin/run",
                "100644 linked", "100644 opaque/new", "100644 second", "120000 sh", "100644 third",
            ],
            tree.Split('\0', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => $"{line[..6]} {line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..]}"));
        Assert.Equal("two", await GitAsync(image, "show", "main:linked"));
        Assert.Equal("one", await GitAsync(image, "show", "main:third"));
        Assert.Equal("/bin/run", await GitAsync(image, "show", "main:sh"));
        Assert.Contains("gone/x", await GitAsync(image, "ls-tree", "-r", result.Commits[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_in_each_commit_has_what_git_does_not_keep()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("./", 0b111_000_000).Folder("empty", 0b001_111_111_101).Device(
                "null", OciFileType.CharacterDevice, 1, 3)
                .File("app/.git/config").File("linked").HardLink("other", "linked"),
            DirectoryExpandTests.Privileged(),
            new LayerBuilder().Whiteout("empty"));

        OciExpandResult result = await ExpandAsync(image);

        JsonNode[] record = await ReadRecordAsync(image, result.Commits[1]);
        Assert.Equal("oci-rootfs-metadata", (string?)record[0]["format"]);
        Assert.Equal(result.Reference.Digest!.ToString(), (string?)record[0]["digest"]);
        Dictionary<string, JsonNode> lines = record.Skip(1).ToDictionary(line => (string)line["path"]!);
        Assert.Equal(
            ["", "app", "app/.git", "app/.git/config", "empty", "link", "linked", "null", "other", "pipe", "su"],
            record.Skip(1).Select(line => (string?)line["path"]));
        Assert.Equal("0700", (string?)lines[""]["mode"]);
        Assert.Equal("1775", (string?)lines["empty"]["mode"]);
        Assert.Equal("4755", (string?)lines["su"]["mode"]);
        Assert.Equal(12, (int?)lines["su"]["uid"]);
        Assert.Equal(34, (int?)lines["su"]["gid"]);
        Assert.Equal("aGVsbG8=", (string?)lines["su"]["xattrs"]!["user.note"]);
        Assert.Equal("1:3", (string?)lines["null"]["device"]);
        Assert.Equal("fifo", (string?)lines["pipe"]["type"]);
        Assert.Equal("hardlink", (string?)lines["other"]["type"]);
        Assert.Equal("linked", (string?)lines["other"]["link"]);
        Assert.Equal("app/%2Egit/config", (string?)lines["app/.git/config"]["stored"]);
        JsonNode[] last = await ReadRecordAsync(image, "main");
        Assert.DoesNotContain(last, line => (string?)line["path"] == "empty");
    }

    [Fact]
    public async Task Names_that_mean_something_to_git_are_mapped_and_a_checkout_is_whole()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder()
            .File(".git/hooks/post-checkout", "#!/bin/sh\ntouch evil\n", 0b111_101_101).File("x/.GIT/config", "[core]")
            .File(".gitattributes", "* text eol=crlf").File("a/.gitmodules", "x").File("%2Egit", "y")
            .File("text", "one\ntwo\n"));

        await ExpandAsync(image);

        string clone = image.Combine("clone");
        await Tool.RunAsync("git", "clone", "--quiet", "-c", "core.autocrlf=true", image.Target, clone);
        Assert.Equal("one\ntwo\n", await File.ReadAllTextAsync(
            Path.Combine(clone, "text"), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(clone, "%2Egit", "hooks", "post-checkout")));
        Assert.True(File.Exists(Path.Combine(clone, "x", "%2EGIT", "config")));
        Assert.True(File.Exists(Path.Combine(clone, "%2Egitattributes")));
        Assert.True(File.Exists(Path.Combine(clone, "a", "%2Egitmodules")));
        Assert.True(File.Exists(Path.Combine(clone, "%252Egit")));
        Assert.False(File.Exists(Path.Combine(clone, "evil")));
    }

    [Fact]
    public async Task The_commits_are_the_same_every_time()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a").Folder("b"), DirectoryExpandTests.Privileged());

        OciExpandResult first = await ExpandAsync(image);
        OciExpandResult second = await ExpandAsync(
            image, request => request with { Destination = image.Combine("again") });
        OciExpandResult third = await ExpandAsync(image, request => request with { Branch = "other" });

        Assert.Equal(first.Commits, second.Commits);
        Assert.Equal(first.Commits, third.Commits);
    }

    [Fact]
    public async Task Each_layer_gets_a_branch_when_asked_for()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a"), new LayerBuilder().File("b"));

        OciExpandResult result = await ExpandAsync(
            image, request => request with { BranchPerLayer = true, Branch = "app" });

        Assert.Equal(["app", "app-layer-1", "app-layer-2"], result.Branches);
        Assert.Equal(result.Commits[0], (await GitAsync(image, "rev-parse", "app-layer-1")).Trim());
        Assert.Equal(result.Commits[1], (await GitAsync(image, "rev-parse", "app-layer-2")).Trim());
        Assert.Equal(result.Commits[1], (await GitAsync(image, "rev-parse", "HEAD")).Trim());
    }

    [Fact]
    public async Task A_branch_that_is_there_moves_only_with_force()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        using LayeredImage other = await LayeredImage.CreateAsync(new LayerBuilder().File("b"));
        OciExpandResult first = await ExpandAsync(image);

        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => ExpandAsync(other, request => request with { Destination = image.Target }));
        Assert.Equal(OciErrorCode.DestinationExists, exception.Code);
        Assert.Equal(first.Commits[0], (await GitAsync(image, "rev-parse", "main")).Trim());

        OciExpandResult second = await ExpandAsync(
            other, request => request with { Destination = image.Target, Force = true });
        Assert.Equal(second.Commits[0], (await GitAsync(image, "rev-parse", "main")).Trim());
        Assert.Equal("1", (await GitAsync(image, "rev-list", "--count", "main")).Trim());
    }

    [Fact]
    public async Task A_failure_leaves_no_repository_and_moves_no_branch()
    {
        Tool.Require("git");
        using LayeredImage bad = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a"), new LayerBuilder().File("../b"));
        using LayeredImage good = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));

        OciException exception = await Assert.ThrowsAsync<OciException>(() => ExpandAsync(bad));
        Assert.Contains("'../b'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("No branch was changed", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(bad.Target));

        OciExpandResult result = await ExpandAsync(good);
        await Assert.ThrowsAsync<OciException>(
            () => ExpandAsync(bad, request => request with { Destination = good.Target, Force = true }));
        Assert.Equal(result.Commits[0], (await GitAsync(good, "rev-parse", "main")).Trim());
    }

    [Fact]
    public async Task A_folder_that_is_no_repository_is_refused_even_inside_of_one()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        string outer = image.Combine("outer");
        await Tool.RunAsync("git", "init", "--quiet", outer);
        string inner = Path.Combine(outer, "inner");
        Directory.CreateDirectory(inner);
        await File.WriteAllTextAsync(Path.Combine(inner, "mine"), "mine", TestContext.Current.CancellationToken);

        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => ExpandAsync(image, request => request with { Destination = inner }));

        Assert.Equal(OciErrorCode.DestinationExists, exception.Code);
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData("-x")]
    public async Task A_name_that_is_none_of_a_branch_is_a_mistake_of_the_caller(string branch)
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));

        await Assert.ThrowsAsync<ArgumentException>(
            () => ExpandAsync(image, request => request with { Branch = branch }));

        Assert.False(Directory.Exists(image.Target));
    }

    [Theory]
    [InlineData("Just a name", "Just a name <>")]
    [InlineData("Evil\nauthor <x@y> 0 +0000\n", "Evilauthor x@y 0 +0000 <>")]
    [InlineData("A <b> c", "A b c <>")]
    [InlineData("", "Unknown <>")]
    public async Task An_author_is_no_way_to_write_something_else(string author, string expected)
    {
        Tool.Require("git");
        byte[] tar = await new LayerBuilder().File("a").BuildAsync();
        using LayeredImage image = LayeredImage.Create([tar], config =>
        {
            config["author"] = author;
            config["history"]![0]!["created_by"] = "line\n\nfrom :7\nD a\ndata 5\0";
        });

        await ExpandAsync(image);

        Assert.Equal(expected, (await GitAsync(image, "log", "--format=%an <%ae>")).TrimEnd());
        Assert.Equal("line\n\nfrom :7\nD a\ndata 5", (await GitAsync(image, "log", "--format=%B")).TrimEnd());
        Assert.Equal("content", await GitAsync(image, "show", "main:a"));
    }

    private static Task<OciExpandResult> ExpandAsync(
        LayeredImage image, Func<ExpandImageRequest, ExpandImageRequest>? edit = null) => image.ExpandAsync(
        request => (edit ?? (same => same))(request with { Form = ExpandForm.Git }));

    private static Task<string> GitAsync(LayeredImage image, params IEnumerable<string> arguments) =>
        Tool.RunAsync("git", ["-C", image.Target, .. arguments]);

    private static async Task<JsonNode[]> ReadRecordAsync(LayeredImage image, string commit)
    {
        string record = await GitAsync(image, "show", $"{commit}:.oci-metadata.jsonl");
        return [.. record.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
    }
}
