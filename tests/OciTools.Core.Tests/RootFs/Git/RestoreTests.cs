using OciTools.Operations;
using OciTools.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

/// <summary>Directories that are made whole again from a record.</summary>
public sealed class RestoreTests
{
    [Fact]
    public async Task A_checkout_with_its_record_is_the_image_as_umoci_makes_it()
    {
        Tool.Require("git");
        Umoci.Require();
        Assert.SkipUnless(Environment.UserName == "root", "Only root can give files away.");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder()
                .Folder("./", 0b111_000_101).Folder("empty", 0b001_111_111_111).Folder("closed", 0b101_101_101)
                .File("closed/x").Folder("app").Folder("app/.git").File("app/.git/config")
                .File(".gitattributes", "* text")
                .File("linked", mode: 0b110_000_000).HardLink("other", "linked").Link("link", "/app")
                .File("%2Egit").File(TarText.Decode([0xFF, (byte)'x'])),
            DirectoryExpandTests.Privileged(),
            new LayerBuilder().Add(new TarEntry
            {
                Name = "old", ModifiedTime = DateTimeOffset.UnixEpoch.AddSeconds(-1.5), ModifiedNanoseconds = 42,
            }));
        string repository = image.Combine("repository");
        string ours = image.Combine("ours");
        string theirs = image.Combine("theirs");
        await image.ExpandAsync(request => request with { Form = ExpandForm.Git, Destination = repository });
        Directory.CreateDirectory(ours);
        await Tool.RunAsync("sh", "-c", $"git -C '{repository}' archive main | tar -x -C '{ours}'");

        OciRestoreResult result = await new RestoreMetadataOperation().RunAsync(
            new RestoreMetadataRequest { Directory = ours },
            cancellationToken: TestContext.Current.CancellationToken);

        await Umoci.RunAsync("raw", "unpack", "--image", $"{image.Layout}:latest", theirs);
        string expected = await LayeredImage.DescribeAsync(theirs);
        string actual = await LayeredImage.DescribeAsync(ours);
        await Tool.RunAsync("rm", "-r", ours, theirs);
        Assert.Equal(expected, actual);
        Assert.Empty(result.Warnings);
        Assert.Null(result.Reason);
        Assert.Equal(0, result.Incomplete);
    }

    [Fact]
    public async Task The_record_has_a_file_under_all_names_that_it_still_has()
    {
        var nobody = new TarEntry { Name = "a", Uid = uint.MaxValue, Mode = 0b110_000_000 };
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Add(nobody).HardLink("b", "a").HardLink("c", "b"), new LayerBuilder().File("a", "new"));

        await image.ExpandAsync();

        string record = await File.ReadAllTextAsync(
            image.Target + ".oci.jsonl", TestContext.Current.CancellationToken);
        Assert.Contains("\"path\":\"b\",\"type\":\"file\",\"mode\":\"0600\",\"uid\":4294967295", record);
        Assert.Contains("\"path\":\"c\",\"type\":\"hardlink\",\"link\":\"b\"", record);
    }

    [Fact]
    public async Task A_file_of_the_image_is_not_taken_for_the_record()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder()
            .File(".oci-metadata.jsonl", "the image's").File(".gitattributes", "the image's")
            .Add(new TarEntry { Name = "a", Uid = uint.MaxValue }));
        await image.ExpandAsync();

        ArgumentException exception = await Assert.ThrowsAsync<ArgumentException>(() => RestoreAsync(image.Target));

        Assert.Contains("may both be the record", exception.Message, StringComparison.Ordinal);
        await new RestoreMetadataOperation().RunAsync(
            new RestoreMetadataRequest { Directory = image.Target, RecordPath = image.Target + ".oci.jsonl" },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("the image's", image.Read(".oci-metadata.jsonl"));
        Assert.Equal("the image's", image.Read(".gitattributes"));
    }

    [Theory]
    [InlineData(".git/hooks/pre-commit")]
    [InlineData(".git")]
    public async Task An_image_with_a_repository_adds_nothing_to_that_of_a_clone(string path)
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("evil", mode: 0b111_101_101).HardLink(path, "evil"));
        string clone = await CloneAsync(image);
        string[] before = Directory.GetFileSystemEntries(clone + "/.git", "*", SearchOption.AllDirectories);

        OciException exception = await Assert.ThrowsAsync<OciException>(() => RestoreAsync(clone));

        Assert.Contains("a '.git' of its own", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(clone + "/.git", "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_empty_folder_in_place_of_the_repository_of_a_clone_leaves_it_as_it_is()
    {
        Tool.Require("git");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder(".git", 0b111_111_111).Folder(".git/hooks", 0b111_111_111));
        string clone = await CloneAsync(image);
        UnixFileMode before = ModeOf(clone + "/.git");

        OciException exception = await Assert.ThrowsAsync<OciException>(() => RestoreAsync(clone));

        Assert.Contains("a '.git' of its own", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, ModeOf(clone + "/.git"));
    }

    [Fact]
    public async Task A_folder_in_place_of_a_file_of_the_record_is_told()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        await image.ExpandAsync();
        File.Delete(image.Target + "/a");
        Directory.CreateDirectory(image.Target + "/a");
        await File.WriteAllTextAsync(
            image.Target + ".oci.jsonl",
            "{\"path\":\"a\",\"type\":\"file\",\"mode\":\"0777\",\"uid\":0,\"gid\":0,\"mtime\":\"0\"}",
            TestContext.Current.CancellationToken);

        OciException exception = await Assert.ThrowsAsync<OciException>(() => RestoreAsync(image.Target));

        Assert.Contains("'a' is not what the record says", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_the_record_leaves_out_is_as_old_as_what_it_was_made_for()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        await image.ExpandAsync();
        await File.WriteAllTextAsync(
            image.Target + ".oci.jsonl",
            "{\"path\":\"new/link\",\"type\":\"symlink\",\"link\":\"a\",\"mode\":\"0777\",\"uid\":0,\"gid\":0,"
                + "\"mtime\":\"1714979289\"}",
            TestContext.Current.CancellationToken);

        await RestoreAsync(image.Target);

        Assert.Equal(
            DateTimeOffset.FromUnixTimeSeconds(1714979289).UtcDateTime,
            Directory.GetLastWriteTimeUtc(image.Target + "/new"));
    }

    [Fact]
    public async Task A_record_is_no_way_out_of_the_directory()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            outside => new LayerBuilder().Link("link", outside).File("a"));
        await image.ExpandAsync();
        DateTime before = Directory.GetLastWriteTimeUtc(image.Outside);
        const string Rest = "\"mode\":\"0777\",\"uid\":0,\"gid\":0,\"mtime\":\"0\"}";
        foreach (string line in new[]
        {
            "{\"path\":\"../outside/secret\",\"type\":\"file\"," + Rest,
            "{\"path\":\"link/secret\",\"type\":\"file\"," + Rest,
            "{\"path\":\"link\",\"type\":\"directory\"," + Rest,
            "{\"path\":\"link\",\"type\":\"file\"," + Rest,
            "{\"path\":\"b\",\"type\":\"hardlink\",\"link\":\"link/secret\"}",
            "{\"path\":\"b\",\"type\":\"hardlink\",\"link\":\"../outside/secret\"}",
            "{\"path\":\"a\",\"stored\":\"../outside/secret\",\"type\":\"file\"," + Rest,
            "{\"path\":\"a\"",
            "[]",
            "{\"path\":\"a\",\"type\":\"what\"," + Rest,
            "{\"path\":\"a\",\"type\":\"file\",\"mode\":\"9\",\"uid\":0,\"gid\":0,\"mtime\":\"0\"}",
        })
        {
            string record = image.Target + ".oci.jsonl";
            await File.WriteAllTextAsync(record, line, TestContext.Current.CancellationToken);

            await Assert.ThrowsAsync<OciException>(() => new RestoreMetadataOperation().RunAsync(
                new RestoreMetadataRequest { Directory = image.Target },
                cancellationToken: TestContext.Current.CancellationToken));

            image.AssertOutsideUntouched();
            Assert.Equal(before, Directory.GetLastWriteTimeUtc(image.Outside));
        }
    }

    [Fact]
    public async Task A_line_without_end_is_not_read_to_its_end()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        await image.ExpandAsync();
        using (var record = File.OpenHandle(image.Target + ".oci.jsonl", FileMode.Create, FileAccess.Write))
            RandomAccess.SetLength(record, 3L << 30);

        OciException exception = await Assert.ThrowsAsync<OciException>(() => new RestoreMetadataOperation().RunAsync(
            new RestoreMetadataRequest { Directory = image.Target },
            cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(OciErrorCode.ArchiveInvalid, exception.Code);
        Assert.Contains("it is too long", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_record_there_is_an_error()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        await image.ExpandAsync();

        OciException exception = await Assert.ThrowsAsync<OciException>(() => new RestoreMetadataOperation().RunAsync(
            new RestoreMetadataRequest { Directory = image.Target },
                cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(OciErrorCode.FileNotFound, exception.Code);
    }

    [Fact]
    public async Task A_pipe_of_the_image_in_the_place_of_a_record_is_not_waited_for()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Device(".oci-metadata.jsonl", OciFileType.Fifo, 0, 0));
        await image.ExpandAsync();
        string record = image.Target + ".oci.jsonl";
        await File.WriteAllTextAsync(
            record, """{"format":"oci-rootfs-metadata","version":1}""", TestContext.Current.CancellationToken);

        OciRestoreResult result = await Task
            .Run(() => RestoreAsync(image.Target), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(record, result.RecordPath);
    }

    private static async Task<string> CloneAsync(LayeredImage image)
    {
        string repository = image.Combine("repository");
        string clone = image.Combine("clone");
        await image.ExpandAsync(request => request with { Form = ExpandForm.Git, Destination = repository });
        await Tool.RunAsync("git", "clone", "--quiet", repository, clone);
        return clone;
    }

    private static Task<OciRestoreResult> RestoreAsync(string directory) => new RestoreMetadataOperation().RunAsync(
        new RestoreMetadataRequest { Directory = directory }, cancellationToken: TestContext.Current.CancellationToken);

    private static UnixFileMode ModeOf(string path) =>
        OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(path);
}
