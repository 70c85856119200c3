using OciTools.Operations;
using OciTools.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

/// <summary>Images that are unpacked to one tar.</summary>
public sealed class TarExpandTests
{
    [Fact]
    public async Task The_tar_has_each_name_once_with_what_the_image_has_at_last()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("d", 0b111_000_000).File("d/a", "one").File("d/gone").File("e/implied"),
            new LayerBuilder().Folder("d", 0b111_101_101).File("d/a", "two").Whiteout("d/gone").Link("l", "/d"));

        List<(TarEntry Entry, byte[] Data)> entries = await FlattenAsync(image);

        Assert.Equal(
            ["e/implied", "d/a", "l", "d/", "e/"], entries.Select(item => item.Entry.Name));
        Assert.Equal("two", TarContents.Text(Find(entries, "d/a").Data));
        Assert.Equal(0b111_101_101, Find(entries, "d/").Entry.Mode);
        Assert.Equal("/d", Find(entries, "l").Entry.LinkName);
    }

    [Fact]
    public async Task A_hard_link_whose_other_name_a_later_layer_changed_has_the_old_content()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a", "one").HardLink("b", "a").HardLink("c", "a"),
            new LayerBuilder().File("a", "two"));

        List<(TarEntry Entry, byte[] Data)> entries = await FlattenAsync(image);

        Assert.Equal("two", TarContents.Text(Find(entries, "a").Data));
        Assert.Equal("one", TarContents.Text(Find(entries, "b").Data));
        Assert.Equal("b", Find(entries, "c").Entry.LinkName);
        Assert.Equal(["b", "c", "a"], entries.Select(item => item.Entry.Name));
    }

    [Fact]
    public async Task A_hard_link_to_a_lower_layer_stays_with_its_content_when_that_name_goes()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a", "one"),
            new LayerBuilder().HardLink("x/y", "a"),
            new LayerBuilder().Whiteout("a").HardLink("z", "x/y"));

        List<(TarEntry Entry, byte[] Data)> entries = await FlattenAsync(image);

        Assert.Equal(["x/y", "z", "x/"], entries.Select(item => item.Entry.Name));
        Assert.Equal("one", TarContents.Text(Find(entries, "x/y").Data));
    }

    [Fact]
    public async Task The_tar_unpacks_to_what_umoci_makes_of_the_image()
    {
        Umoci.Require();
        Tool.Require("tar");
        Assert.SkipUnless(Environment.UserName == "root", "Only root can give files away.");
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().Folder("./").Folder("d").File("d/a").Folder("e").File("e/a").HardLink("e/b", "d/a")
                .Folder("closed", 0b101_101_101),
            DirectoryExpandTests.Privileged(),
            new LayerBuilder().File("d/c").Whiteout("e/a").File("closed/x"));
        string tar = image.Combine("flat.tar");
        await image.ExpandAsync(request => request with { Form = ExpandForm.Tar, Destination = tar });
        string ours = image.Combine("ours");
        string theirs = image.Combine("theirs");
        Directory.CreateDirectory(ours);
        await Tool.RunAsync("tar", "-xpf", tar, "-C", ours, "--numeric-owner", "--xattrs", "--xattrs-include=*");
        await Umoci.RunAsync("raw", "unpack", "--image", $"{image.Layout}:latest", theirs);

        Assert.Equal(await LayeredImage.DescribeAsync(theirs), await LayeredImage.DescribeAsync(ours));
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_only_with_force()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        string tar = image.Combine("flat.tar");
        await File.WriteAllTextAsync(tar, "mine", TestContext.Current.CancellationToken);

        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => image.ExpandAsync(request => request with { Form = ExpandForm.Tar, Destination = tar }));
        Assert.Equal(OciErrorCode.DestinationExists, exception.Code);
        Assert.Equal("mine", await File.ReadAllTextAsync(tar, TestContext.Current.CancellationToken));

        OciExpandResult result = await image.ExpandAsync(
            request => request with { Form = ExpandForm.Tar, Destination = tar, Force = true });
        Assert.Equal(tar, result.Path);
        byte[] archive = await File.ReadAllBytesAsync(tar, TestContext.Current.CancellationToken);
        Assert.Equal(["a"], await TarContents.ReadNamesAsync(archive));
    }

    [Fact]
    public async Task A_failure_leaves_no_tar()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a").File("../b"));
        string tar = image.Combine("flat.tar");

        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => image.ExpandAsync(request => request with { Form = ExpandForm.Tar, Destination = tar }));

        Assert.Contains("'../b'", exception.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(tar));
        Assert.False(File.Exists(tar + ".incomplete"));
    }

    private static (TarEntry Entry, byte[] Data) Find(List<(TarEntry Entry, byte[] Data)> entries, string name) =>
        Assert.Single(entries, item => item.Entry.Name == name);

    private static async Task<List<(TarEntry Entry, byte[] Data)>> FlattenAsync(LayeredImage image)
    {
        using var output = new MemoryStream();
        OciExpandResult result = await image.ExpandAsync(
            request => request with { Form = ExpandForm.Tar, Destination = null, Output = output });
        Assert.Null(result.Path);
        return await TarContents.ReadAsync(output.ToArray());
    }
}
