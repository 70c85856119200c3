using System.Runtime.InteropServices;
using System.Text;
using OciTools.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

/// <summary>Images that are unpacked into a directory.</summary>
public sealed class DirectoryExpandTests
{
    private static bool IsRoot => !OperatingSystem.IsWindows() && Environment.UserName == "root";

    [Fact]
    public async Task Layers_are_applied_in_their_order()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("etc").File("etc/a", "one").File("etc/b", "one"),
            new LayerBuilder().File("etc/b", "two"),
            new LayerBuilder().File("etc/c", "three"));

        OciExpandResult result = await image.ExpandAsync();

        Assert.Equal("one", image.Read("etc/a"));
        Assert.Equal("two", image.Read("etc/b"));
        Assert.Equal("three", image.Read("etc/c"));
        Assert.Equal(3, result.Layers);
        Assert.Equal(5, result.Entries);
        Assert.Equal(14, result.Bytes);
        Assert.Equal(image.Target, result.Path);
        Assert.Equal("linux/amd64", result.Platform?.ToString());
        Assert.NotNull(result.Reference.Digest);
        Assert.False(File.Exists(image.Target + ".incomplete"));
    }

    [Fact]
    public async Task A_whiteout_removes_a_file_and_a_whole_folder()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("d").File("d/a").File("d/b").Folder("gone").File("gone/deep/file"),
            new LayerBuilder().Whiteout("d/a").Whiteout("gone").Whiteout("never/was").Whiteout("neither"));

        await image.ExpandAsync();

        Assert.Equal(["d"], image.List());
        Assert.Equal(["b"], image.List("d"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_whiteout_spares_what_its_own_layer_has_wherever_it_stands(bool isFirst)
    {
        LayerBuilder upper = new();
        if (isFirst)
            upper.Whiteout("d");
        upper.Folder("d").File("d/new");
        if (!isFirst)
            upper.Whiteout("d");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().Folder("d").File("d/old"), upper);

        await image.ExpandAsync();

        Assert.Equal(["new"], image.List("d"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_opaque_folder_keeps_only_what_its_own_layer_has(bool isFirst)
    {
        LayerBuilder upper = new LayerBuilder().Folder("d");
        if (isFirst)
            upper.Opaque("d");
        upper.File("d/sub/new");
        if (!isFirst)
            upper.Opaque("d").Opaque("d");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("d").File("d/old").File("d/sub/old").File("d/other/old"), upper);

        await image.ExpandAsync();

        Assert.Equal(["sub"], image.List("d"));
        Assert.Equal(["new"], image.List("d/sub"));
    }

    [Fact]
    public async Task An_opaque_root_keeps_only_its_own_layer()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a").File("b/c"), new LayerBuilder().File("new").File(".wh..wh..opq", ""));

        await image.ExpandAsync();

        Assert.Equal(["new"], image.List());
    }

    [Fact]
    public async Task A_folder_that_was_deleted_and_made_again_has_nothing_of_before()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("d").File("d/old"),
            new LayerBuilder().Whiteout("d"),
            new LayerBuilder().Folder("d").File("d/new"));

        await image.ExpandAsync();

        Assert.Equal(["new"], image.List("d"));
    }

    [Fact]
    public async Task A_folder_hands_no_access_list_down_to_what_the_image_has_without_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux keeps POSIX access lists.");

        // Version 2; the owner, user 1000, the group, the mask, and others: each with rwx.
        byte[] list = Convert.FromHexString(
            "02000000" + "01000700FFFFFFFF" + "02000700E8030000" + "04000700FFFFFFFF" + "10000700FFFFFFFF"
            + "20000700FFFFFFFF");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder()
            .Add(new TarEntry
            {
                Name = "shared",
                Type = OciFileType.Directory,
                Mode = 0b111_111_111,
                ExtendedAttributes = new Dictionary<string, byte[]> { ["system.posix_acl_default"] = list },
            })
            .File("shared/file")
            .Folder("shared/folder"));

        await image.ExpandAsync();

        Assert.Null(ReadAttribute(image.Target + "/shared/file", "system.posix_acl_access"));
        Assert.Null(ReadAttribute(image.Target + "/shared/folder", "system.posix_acl_access"));
    }

    [Fact]
    public async Task A_single_layer_with_whiteouts_shows_none_of_them()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a").Whiteout("a").Whiteout("b").Opaque("c").File(".wh..wh.plnk/1.2"));

        await image.ExpandAsync();

        Assert.Equal(["a"], image.List());
    }

    [Fact]
    public async Task A_hard_link_is_the_same_file()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a", "same").HardLink("b", "a").HardLink("no/entry/c", "./a"));

        await image.ExpandAsync();

        File.AppendAllText(Path.Combine(image.Target, "a"), "!");
        Assert.Equal("same!", image.Read("b"));
        Assert.Equal("same!", image.Read("no/entry/c"));
    }

    [Fact]
    public async Task A_hard_link_keeps_its_content_when_a_later_layer_changes_the_other_name()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a", "one").HardLink("b", "a"), new LayerBuilder().File("a", "two"));

        await image.ExpandAsync();

        Assert.Equal("two", image.Read("a"));
        Assert.Equal("one", image.Read("b"));
    }

    [Fact]
    public async Task A_hard_link_may_lead_to_a_lower_layer_and_stay_when_that_name_goes()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a", "one"),
            new LayerBuilder().HardLink("b", "/a"),
            new LayerBuilder().Whiteout("a"));

        await image.ExpandAsync();

        Assert.Equal(["b"], image.List());
        Assert.Equal("one", image.Read("b"));
    }

    [Fact]
    public async Task A_hard_link_to_a_symbolic_link_is_that_link()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Link("a", "/nowhere").HardLink("b", "a"));

        await image.ExpandAsync();

        Assert.Equal("/nowhere", new FileInfo(Path.Combine(image.Target, "b")).LinkTarget);
    }

    [Fact]
    public async Task Symbolic_links_are_kept_as_they_are()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Link("absolute", "/etc/passwd").Link("up", "../../../../x").Link("loop", "loop"));

        await image.ExpandAsync();

        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(image.Target, "absolute")).LinkTarget);
        Assert.Equal("../../../../x", new FileInfo(Path.Combine(image.Target, "up")).LinkTarget);
        Assert.Equal("loop", new FileInfo(Path.Combine(image.Target, "loop")).LinkTarget);
    }

    [Theory]
    [InlineData("usr/lib")]
    [InlineData("/usr/lib")]
    [InlineData("./usr/../usr//lib/")]
    public async Task An_entry_behind_a_link_goes_where_the_link_leads_in_the_image(string link)
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("usr/lib").Link("lib", link),
            new LayerBuilder().File("lib/new/file").HardLink("lib/second", "lib/new/file").Whiteout("lib/none"));

        await image.ExpandAsync();

        Assert.Equal("content", image.Read("usr/lib/new/file"));
        Assert.Equal("content", image.Read("usr/lib/second"));
        Assert.Equal(link, new FileInfo(Path.Combine(image.Target, "lib")).LinkTarget);
    }

    [Fact]
    public async Task An_opaque_mark_behind_a_link_is_about_the_folder_that_the_link_leads_to()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("usr/lib/old").Link("lib", "usr/lib"),
            new LayerBuilder().Opaque("lib").File("lib/new"));

        await image.ExpandAsync();

        Assert.Equal(["new"], image.List("usr/lib"));
        Assert.Equal("usr/lib", new FileInfo(Path.Combine(image.Target, "lib")).LinkTarget);
    }

    [Fact]
    public async Task Anything_can_become_anything_else()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder()
                .File("file-folder").File("file-link").Folder("folder-file").File("folder-file/x")
                .Folder("folder-link").File("folder-link/x").Link("link-file", "file-link")
                .Link("link-folder", "folder-link"),
            new LayerBuilder()
                .Folder("file-folder").File("file-folder/x").Link("file-link", "x").File("folder-file", "now")
                .Link("folder-link", "/x").File("link-file", "now").Folder("link-folder").File("link-folder/y"));

        await image.ExpandAsync();

        Assert.Equal("content", image.Read("file-folder/x"));
        Assert.Equal("x", new FileInfo(Path.Combine(image.Target, "file-link")).LinkTarget);
        Assert.Equal("now", image.Read("folder-file"));
        Assert.Equal("/x", new FileInfo(Path.Combine(image.Target, "folder-link")).LinkTarget);
        Assert.Equal("now", image.Read("link-file"));
        Assert.Null(new FileInfo(Path.Combine(image.Target, "link-file")).LinkTarget);
        Assert.Equal(["y"], image.List("link-folder"));
        Assert.Null(new DirectoryInfo(Path.Combine(image.Target, "link-folder")).LinkTarget);
    }

    [Fact]
    public async Task Modes_and_times_are_those_of_the_image_also_of_folders_that_later_layers_write_to()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("d", 0b111_000_101).File("d/none", mode: 0).File("d/all", mode: 0b111_111_111),
            new LayerBuilder().File("d/later").Whiteout("d/none"));

        await image.ExpandAsync();

        string folder = Path.Combine(image.Target, "d");
        Assert.Equal((UnixFileMode)0b111_000_101, new FileInfo(folder).UnixFileMode);
        Assert.Equal((UnixFileMode)0b111_111_111, new FileInfo(Path.Combine(folder, "all")).UnixFileMode);
        Assert.Equal(LayerBuilder.Time.UtcDateTime, Directory.GetLastWriteTimeUtc(folder));
        Assert.Equal(LayerBuilder.Time.UtcDateTime, File.GetLastWriteTimeUtc(Path.Combine(folder, "all")));
        Assert.Equal(DateTime.UnixEpoch, Directory.GetLastWriteTimeUtc(image.Target));
    }

    [Fact]
    public async Task The_root_has_mode_and_time_of_its_entry()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes.");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("./", 0b111_000_000).File("./a"));

        await image.ExpandAsync();

        Assert.Equal((UnixFileMode)0b111_000_000, new FileInfo(image.Target).UnixFileMode);
        Assert.Equal(LayerBuilder.Time.UtcDateTime, Directory.GetLastWriteTimeUtc(image.Target));
    }

    [Fact]
    public async Task Owners_set_id_bits_attributes_and_devices_are_applied_for_root()
    {
        Assert.SkipUnless(IsRoot, "Only root can give files away.");
        using LayeredImage image = await LayeredImage.CreateAsync(Privileged());

        OciExpandResult result = await image.ExpandAsync();

        string description = await LayeredImage.DescribeAsync(image.Target);
        Assert.Contains("su|f|4755|12:34|", description, StringComparison.Ordinal);
        Assert.Contains("null|c|666|0:0|", description, StringComparison.Ordinal);
        Assert.Contains("pipe|p|666|0:0|", description, StringComparison.Ordinal);
        Assert.Contains("link|l|777|12:34|", description, StringComparison.Ordinal);
        Assert.Equal("1:3\n", await Tool.RunAsync("stat", "-c", "%Hr:%Lr", Path.Combine(image.Target, "null")));
        Assert.Equal("hello", ReadAttribute(Path.Combine(image.Target, "su"), "user.note"));
        Assert.Empty(result.Warnings);
        Assert.Null(result.RecordPath);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_stay_in_names()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux takes any byte in names.");
        string name = TarText.Decode([(byte)'x', 0xE9, (byte)'y']);
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File(name).File("keep"), new LayerBuilder().File("new"));

        await image.ExpandAsync();

        string names = await Tool.RunAsync("sh", "-c", $"ls -b '{image.Target}'; rm -r '{image.Target}'");
        Assert.Contains("x\\351y", names, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whiteout_removes_names_that_are_no_text()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux takes any byte in names.");
        string name = TarText.Decode([0xFF, 0xFE]);
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File($"d/{name}"), new LayerBuilder().Whiteout("d"));

        await image.ExpandAsync();

        Assert.Empty(image.List());
    }

    [Fact]
    public async Task Content_of_zeros_has_its_length()
    {
        string zeros = new('\0', 300_000);
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("zeros", zeros).File("tail", zeros + "x").File("head", "x" + zeros));

        await image.ExpandAsync();

        Assert.Equal(zeros, image.Read("zeros"));
        Assert.Equal(zeros + "x", image.Read("tail"));
        Assert.Equal("x" + zeros, image.Read("head"));
    }

    [Fact]
    public async Task Hundreds_of_open_folders_are_not_too_many()
    {
        var lower = new LayerBuilder();
        string deep = "deep";
        for (int i = 0; i < 200; i++)
            lower.File($"wide/{i}/file").Folder(deep += "/d");
        using LayeredImage image = await LayeredImage.CreateAsync(
            lower, new LayerBuilder().File(deep + "/bottom").HardLink("wide/7/link", deep + "/bottom").Whiteout(
                "wide/8"));

        await image.ExpandAsync();

        Assert.Equal("content", image.Read("wide/7/link"));
        Assert.Equal(199, image.List("wide").Length);
        Assert.Equal(LayerBuilder.Time.UtcDateTime, Directory.GetLastWriteTimeUtc(Path.Combine(image.Target, deep)));
    }

    [Fact]
    public async Task An_image_is_the_same_as_umoci_makes_it()
    {
        Umoci.Require();
        Assert.SkipUnless(IsRoot, "Only root can give files away.");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder()
                .Folder("etc").File("etc/passwd", "root").Folder("usr").Folder("usr/lib").Link("lib", "usr/lib")
                .Folder("d").File("d/a", "a").HardLink("d/b", "d/a").Folder("gone").File("gone/x")
                .Folder("opaque").File("opaque/old").File("type").Folder("closed", 0b101_101_101)
                .File("fine", "x")
                .Add(new TarEntry
                {
                    Name = "nanoseconds", ModifiedTime = LayerBuilder.Time.AddTicks(1234567), ModifiedNanoseconds = 89,
                }),
            Privileged(),
            new LayerBuilder()
                .Whiteout("gone").Folder("opaque").Opaque("opaque").File("opaque/new").File("d/a", "changed")
                .Folder("type").File("type/x").File("lib/libc.so").File("closed/file").Link("absolute", "/etc/passwd")
                .HardLink("usr/passwd", "etc/passwd"));

        await image.ExpandAsync();
        string theirs = image.Combine("umoci");
        await Umoci.RunAsync("raw", "unpack", "--image", $"{image.Layout}:latest", theirs);

        Assert.Equal(await LayeredImage.DescribeAsync(theirs), await LayeredImage.DescribeAsync(image.Target));
    }

    [Fact]
    public async Task A_folder_with_something_in_it_is_refused_and_with_force_written_over()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a", "new").File("d/b"));
        Directory.CreateDirectory(Path.Combine(image.Target, "d"));
        File.WriteAllText(Path.Combine(image.Target, "a"), "old");
        File.WriteAllText(Path.Combine(image.Target, "d", "mine"), "mine");

        OciException exception = await image.FailAsync(OciErrorCode.DestinationExists);
        Assert.Contains("is not empty", exception.Message, StringComparison.Ordinal);
        Assert.Equal("old", image.Read("a"));

        await image.ExpandAsync(request => request with { Force = true });
        Assert.Equal("new", image.Read("a"));
        Assert.Equal("mine", image.Read("d/mine"));
    }

    [Fact]
    public async Task An_empty_folder_is_taken()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        Directory.CreateDirectory(image.Target);

        await image.ExpandAsync();

        Assert.Equal(["a"], image.List());
    }

    [Fact]
    public async Task The_folders_above_the_target_are_made()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        string target = image.Combine("not", "there", "yet");

        await image.ExpandAsync(request => request with { Destination = target });

        Assert.Equal(
            "content", await File.ReadAllTextAsync(Path.Combine(target, "a"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_folder_that_another_process_unpacks_into_is_refused()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        using IncompleteMark mark = IncompleteMark.Create(image.Target);

        OciException exception = await image.FailAsync(
            OciErrorCode.DestinationExists, request => request with { Force = true });

        Assert.Contains("Another process", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_mark_of_an_earlier_attempt_goes_when_the_folder_is_whole()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        IncompleteMark.Create(image.Target).Dispose();
        Assert.True(File.Exists(image.Target + ".incomplete"));

        await image.ExpandAsync();

        Assert.False(File.Exists(image.Target + ".incomplete"));
    }

    private static string? ReadAttribute(string path, string name)
    {
        byte[] value = new byte[100];
        int length = (int)GetAttribute(path, name, value, (nuint)value.Length);
        return length < 0 ? null : Encoding.UTF8.GetString(value, 0, length);
    }

    [DllImport("libc", EntryPoint = "getxattr", CharSet = CharSet.Ansi)]
    private static extern nint GetAttribute(string path, string name, [Out] byte[] value, nuint length);

    internal static LayerBuilder Privileged() => new LayerBuilder()
        .Add(new TarEntry
        {
            Name = "su",
            Mode = 0b100_111_101_101,
            Uid = 12,
            Gid = 34,
            Size = 2,
            Data = new MemoryStream("su"u8.ToArray()),
            ModifiedTime = LayerBuilder.Time,
            ExtendedAttributes = new Dictionary<string, byte[]> { ["user.note"] = Encoding.UTF8.GetBytes("hello") },
        })
        .Add(new TarEntry
        {
            Name = "link",
            Type = OciFileType.SymbolicLink,
            LinkName = "su",
            Uid = 12,
            Gid = 34,
            ModifiedTime = LayerBuilder.Time,
        })
        .Device("null", OciFileType.CharacterDevice, 1, 3)
        .Device("pipe", OciFileType.Fifo, 0, 0);
}
