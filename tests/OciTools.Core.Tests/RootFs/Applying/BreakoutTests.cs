using System.Text;
using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>
/// What archives have tried to reach beyond the folder that they were unpacked into, each case after the advisories
/// that made it known. Whatever becomes of the entry, nothing outside is written, linked, changed or read.
/// </summary>
public sealed class BreakoutTests
{
    [Theory]
    [InlineData("../outside/secret")]
    [InlineData("a/../../outside/secret")]
    [InlineData("/../outside/secret")]
    [InlineData("./.././outside/secret")]
    [InlineData("a/b/../../../outside/new")]
    [InlineData("..")]
    public async Task Path_traversal_CVE_2018_15664_is_refused(string name)
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("first").File(name, "evil"));

        OciException exception = await image.FailAsync();

        Assert.Contains($"'{name}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("partly written", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(image.Target + ".incomplete"));
    }

    [Fact]
    public async Task An_absolute_name_lands_inside()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("/etc/passwd").File("//etc//group"));

        await image.ExpandAsync();

        Assert.Equal(["group", "passwd"], image.List("etc"));
        image.AssertOutsideUntouched();
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("OUTSIDE")]
    [InlineData("/proc/self/cwd")]
    [InlineData("/")]
    [InlineData("..")]
    public async Task A_file_behind_a_symlink_out_of_the_target_GHSA_8xwf_rjm4_xvhv_stays_inside(string target)
    {
        using LayeredImage image = await LayeredImage.CreateAsync(outside => new LayerBuilder()
            .Link("link", target.Replace("OUTSIDE", outside, StringComparison.Ordinal))
            .File("link/secret", "evil"));

        await AttemptAsync(image);

        image.AssertOutsideUntouched();
        Assert.NotNull(new FileInfo(Path.Combine(image.Target, "link")).LinkTarget);
    }

    [Fact]
    public async Task A_chain_of_symlinks_GHSA_m37j_52j7_pjw7_does_not_lead_out()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("a").Link("a/up", "..").Link("b", "a/up").Link("c", "b/../outside").File(
                "c/secret", "evil"));

        OciException exception = await image.FailAsync();

        Assert.Contains("above the root", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_circle_of_symlinks_is_refused()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Link("a", "b").Link("b", "a").File("a/x"));

        Assert.Contains("too many links", (await image.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_repeats_itself_at_length_is_refused()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder()
            .Folder("d").Link("a", string.Concat(Enumerable.Repeat("d/../", 800)))
            .Link("b", "a/a/a/a/a/a/a").File("b/x"));

        Assert.Contains("too far", (await image.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside/secret")]
    [InlineData("OUTSIDE/secret")]
    [InlineData("link/secret")]
    [InlineData("secret")]
    [InlineData("/")]
    [InlineData("folder")]
    public async Task A_hard_link_out_of_the_target_CVE_2026_50163_is_refused(string target)
    {
        using LayeredImage image = await LayeredImage.CreateAsync(outside => new LayerBuilder()
            .Folder("folder").Link("link", outside)
            .HardLink("mine", target.Replace("OUTSIDE", outside, StringComparison.Ordinal)).File("mine", "evil"));
        string before = Directory.GetCurrentDirectory();

        OciException exception = await image.FailAsync();

        Assert.Contains("'mine'", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetCurrentDirectory());
        Assert.False(image.Has("mine"));
    }

    [Fact]
    public async Task A_hard_link_to_a_symlink_is_not_a_way_to_what_that_leads_to()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(outside => new LayerBuilder()
            .Link("link", $"{outside}/secret").HardLink("mine", "link").File("mine", "evil", 0b111_111_111));

        await image.ExpandAsync();

        image.AssertOutsideUntouched();
        Assert.Equal("evil", image.Read("mine"));
    }

    [Fact]
    public async Task A_file_over_a_symlink_takes_its_place_CVE_2021_32760()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(outside => new LayerBuilder()
            .Link("link", $"{outside}/secret").File("link", "evil", 0b111_111_111));
        DateTime before = File.GetLastWriteTimeUtc(image.OutsideFile);

        await image.ExpandAsync();

        image.AssertOutsideUntouched();
        Assert.Equal("evil", image.Read("link"));
        Assert.Equal(before, File.GetLastWriteTimeUtc(image.OutsideFile));
    }

    [Fact]
    public async Task A_folder_over_a_symlink_takes_its_place_and_mode_and_time_of_the_other_stay_CVE_2021_32760()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(outside => new LayerBuilder()
            .Link("link", outside).Folder("link", 0b111_111_111).File("link/secret", "evil"));
        DateTime before = Directory.GetLastWriteTimeUtc(image.Outside);
        UnixFileMode mode = new DirectoryInfo(image.Outside).UnixFileMode;

        await image.ExpandAsync();

        image.AssertOutsideUntouched();
        Assert.Equal("evil", image.Read("link/secret"));
        Assert.Equal(before, Directory.GetLastWriteTimeUtc(image.Outside));
        Assert.Equal(mode, new DirectoryInfo(image.Outside).UnixFileMode);
    }

    [Theory]
    [InlineData("/.")]
    [InlineData(".")]
    [InlineData("./")]
    [InlineData("/")]
    [InlineData("././/")]
    public async Task A_symlink_in_the_place_of_the_root_CVE_2021_29136_is_refused(string name)
    {
        using LayeredImage image = await LayeredImage.CreateAsync(outside => new LayerBuilder()
            .Link(name, outside).File("secret", "evil"));

        OciException exception = await image.FailAsync();

        Assert.Contains("the root", exception.Message, StringComparison.Ordinal);
        Assert.True(Directory.Exists(image.Target));
    }

    [Fact]
    public async Task A_file_or_hard_link_in_the_place_of_the_root_is_refused()
    {
        using LayeredImage file = await LayeredImage.CreateAsync(new LayerBuilder().File("./", "evil"));
        using LayeredImage link = await LayeredImage.CreateAsync(new LayerBuilder().File("a").HardLink(".", "a"));

        await file.FailAsync();
        await link.FailAsync();
    }

    [Theory]
    [InlineData(".wh...")]
    [InlineData(".wh..")]
    [InlineData(".wh.")]
    [InlineData("a/.wh...")]
    [InlineData("../outside/.wh.secret")]
    public async Task A_whiteout_of_something_outside_is_refused(string name)
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a/b"), new LayerBuilder().File(name, ""));

        await image.FailAsync();

        Assert.Equal("content", image.Read("a/b"));
    }

    [Fact]
    public async Task Whiteouts_behind_a_symlink_out_of_the_target_remove_nothing()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            outside => new LayerBuilder().Link("link", outside).File("a"),
            _ => new LayerBuilder().File("link/.wh.secret", "").File("link/.wh..wh..opq", ""));

        await image.ExpandAsync();

        image.AssertOutsideUntouched();
    }

    [Fact]
    public async Task A_whiteout_of_a_folder_does_not_follow_the_links_in_it()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            outside => new LayerBuilder().Link("d/link", outside).Link("link", outside),
            _ => new LayerBuilder().Whiteout("d").Whiteout("link"));

        await image.ExpandAsync();

        image.AssertOutsideUntouched();
        Assert.Empty(image.List());
    }

    [Fact]
    public async Task A_symlink_that_is_swapped_in_while_unpacking_CVE_2025_47290_is_not_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let go of open folders.");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("unused"));
        Directory.CreateDirectory(image.Target);
        using var target = new DirectoryTarget(
            FolderFactory.Open(image.Target), new TargetNames(), new UnappliedMetadata());
        await ApplyAsync(target, Folder("d"), Folder("d/e"), NewFile("d/e/first"));

        // The folder is open: the file goes to where it went, and nowhere else.
        Directory.Move(Path.Combine(image.Target, "d", "e"), Path.Combine(image.Target, "moved"));
        Directory.CreateSymbolicLink(Path.Combine(image.Target, "d", "e"), image.Outside);
        await ApplyAsync(target, NewFile("d/e/secret"));
        Assert.True(image.Has("moved/secret"));
        image.AssertOutsideUntouched();

        // The folders are closed: the link is seen, and leads nowhere in the image.
        target.Complete();
        await Assert.ThrowsAsync<OciException>(() => ApplyAsync(target, NewFile("d/e/secret")));
        await ApplyAsync(target, Folder("d/e"), NewFile("d/e/secret"));
        Assert.True(image.Has("d/e/secret"));
        image.AssertOutsideUntouched();
    }

    [Fact]
    public async Task A_swapped_symlink_is_not_followed_by_whiteouts_links_and_times()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let go of open folders.");
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("unused"));
        Directory.CreateDirectory(image.Target);
        using var target = new DirectoryTarget(
            FolderFactory.Open(image.Target), new TargetNames(), new UnappliedMetadata());
        await ApplyAsync(target, Folder("d"), NewFile("d/secret"), Folder("e"));
        target.Complete();
        Directory.Delete(Path.Combine(image.Target, "d"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(image.Target, "d"), image.Outside);
        DateTime before = Directory.GetLastWriteTimeUtc(image.Outside);

        await target.BeginLayerAsync(1, TestContext.Current.CancellationToken);
        await target.RemoveAsync(EntryPath.Parse("d/secret"), TestContext.Current.CancellationToken);
        await target.ClearAsync(EntryPath.Parse("d"), TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<OciException>(() => ApplyAsync(
            target, new TarEntry { Name = "e/link", Type = OciFileType.HardLink, LinkName = "d/secret" }));
        target.Complete();

        image.AssertOutsideUntouched();
        Assert.Equal(before, Directory.GetLastWriteTimeUtc(image.Outside));
        Assert.Empty(image.List("e"));
    }

    [Fact]
    public async Task An_entry_hidden_by_a_pax_size_CVE_2025_62518_is_not_seen()
    {
        // The header says 0 bytes, the extended header says two blocks: what is in them is content, and no entry.
        byte[] hidden = [.. new TarBlocks().File("evil", "evil").ToArray()];
        using LayeredImage image = LayeredImage.Create(
        [
            new TarBlocks().Pax($"size={hidden.Length}").Header("inner.tar").Bytes(hidden).File("last", "last").End(),
        ]);

        await image.ExpandAsync();

        Assert.Equal(["inner.tar", "last"], image.List());
        Assert.Equal(hidden.Length, new FileInfo(Path.Combine(image.Target, "inner.tar")).Length);
    }

    [Fact]
    public async Task A_negative_size_CVE_2026_59874_is_refused()
    {
        using LayeredImage image = LayeredImage.Create(
        [
            new TarBlocks().Header("first").Header("evil", edit: block => block.AsSpan(124, 12).Fill(0xFF)).End(),
        ]);

        Assert.Contains("evil", (await image.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("C:../../outside/secret")]
    [InlineData(@"C:\Windows\system32\evil.dll")]
    [InlineData(@"\\server\share\evil")]
    [InlineData(@"\\?\C:\evil")]
    [InlineData("file:stream")]
    public void A_windows_name_CVE_2026_31802_is_one_name_without_meaning(string name)
    {
        foreach (string part in name.Split('/').Where(part => part != ".."))
        {
            string mapped = WindowsNames.Map(part);
            Assert.DoesNotContain(mapped, character => character is ':' or '\\' or '?' or '/');
        }
    }

    [Fact]
    public async Task A_partly_written_target_is_named_and_stays_marked()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a"), new LayerBuilder().File("b").File("../c").File("d"));

        OciException exception = await image.FailAsync();

        Assert.Contains(image.Target, exception.Message, StringComparison.Ordinal);
        Assert.Contains("Layer 2 of 2", exception.Message, StringComparison.Ordinal);
        Assert.Contains("only partly written", exception.Message, StringComparison.Ordinal);
        Assert.Equal(["a", "b"], image.List());
        string mark = await File.ReadAllTextAsync(image.Target + ".incomplete", TestContext.Current.CancellationToken);
        Assert.Contains(image.Target, mark, StringComparison.Ordinal);

        OciException again = await image.FailAsync(OciErrorCode.DestinationExists);
        Assert.Contains("was not unpacked to its end", again.Message, StringComparison.Ordinal);
    }

    private static TarEntry Folder(string name) =>
        new() { Name = name, Type = OciFileType.Directory, Mode = 0b111_101_101 };

    private static TarEntry NewFile(string name) => new()
    {
        Name = name, Size = 4, Data = new MemoryStream(Encoding.UTF8.GetBytes("evil")),
    };

    private static async Task ApplyAsync(DirectoryTarget target, params TarEntry[] entries)
    {
        foreach (TarEntry entry in entries)
            await target.ApplyAsync(entry, EntryPath.Parse(entry.Name), TestContext.Current.CancellationToken);
    }

    private static async Task AttemptAsync(LayeredImage image)
    {
        try
        {
            await image.ExpandAsync();
        }
        catch (OciException exception)
        {
            Assert.Equal(OciErrorCode.ArchiveInvalid, exception.Code);
        }
    }
}
