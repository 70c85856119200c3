using System.Text;
using System.Text.Json.Nodes;
using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>
/// The folders of Windows, as far as other systems can show what they do, and the record of what they cannot hold.
/// </summary>
public sealed class ManagedFolderTests
{
    [Fact]
    public async Task What_cannot_be_applied_is_recorded_and_follows_the_image()
    {
        (LayeredImage image, UnappliedMetadata unapplied, TargetNames names) = await ApplyAsync(
            new LayerBuilder().Folder("d").File("d/a:b").Device("null", OciFileType.CharacterDevice, 1, 3).File("gone")
                .Device("gone2", OciFileType.Fifo, 0, 0).File("Case").File("case", "lower"),
            new LayerBuilder().Whiteout("gone").Whiteout("gone2").HardLink("zero", "null").File("d/a:b", "new"));
        using LayeredImage cleanup = image;

        string[] paths = [.. Record(unapplied, names).Select(line => (string)line["path"]!)];
        Assert.Equal(["Case", "case", "d", "d/a:b", "null", "zero"], paths);
        JsonNode device = Record(unapplied, names).Single(line => (string)line["path"]! == "null");
        Assert.Equal("char", (string?)device["type"]);
        Assert.Equal("1:3", (string?)device["device"]);
        Assert.Equal("0666", (string?)device["mode"]);
        Assert.Equal("1714979289", (string?)device["mtime"]);
        JsonNode linked = Record(unapplied, names).Single(line => (string)line["path"]! == "zero");
        Assert.Equal("null", (string?)linked["link"]);
        JsonNode mapped = Record(unapplied, names).Single(line => (string)line["path"]! == "d/a:b");
        Assert.Equal("d/a%3Ab", (string?)mapped["stored"]);
        Assert.Equal("new", image.Read("d/a%3Ab"));
        Assert.Equal("content", image.Read("Case"));
        Assert.Equal("lower", image.Read("case%~2"));
        Assert.Equal(["Case", "case%~2", "d"], image.List());
        Assert.Contains("the device or pipe of 2 entries", unapplied.Summarize());
    }

    [Fact]
    public async Task Folders_that_no_layer_has_are_recorded_as_well()
    {
        (LayeredImage image, UnappliedMetadata unapplied, TargetNames names) =
            await ApplyAsync(new LayerBuilder().File("deep/file"));
        using LayeredImage cleanup = image;

        JsonNode folder = Record(unapplied, names).Single(line => (string)line["path"]! == "deep");
        Assert.Equal("directory", (string?)folder["type"]);
        Assert.Equal("0755", (string?)folder["mode"]);
    }

    [Fact]
    public async Task A_whiteout_finds_names_that_were_mapped()
    {
        (LayeredImage image, _, _) = await ApplyAsync(
            new LayerBuilder().File("d/con").File("d/CON").File("d/x:").File("e/aux/nul"),
            new LayerBuilder().Whiteout("d/CON").Whiteout("e").File("d/new"),
            new LayerBuilder().Folder("d").Opaque("d").File("d/nul"));
        using LayeredImage cleanup = image;

        Assert.Equal(["d"], image.List());
        Assert.Equal(["%6Eul"], image.List("d"));
    }

    [Fact]
    public async Task Links_are_not_followed()
    {
        using LayeredImage place = await LayeredImage.CreateAsync(new LayerBuilder().File("unused"));
        Directory.CreateDirectory(place.Target);
        Directory.CreateSymbolicLink(Path.Combine(place.Target, "d"), place.Outside);
        using Folder folder = ManagedFolder.OpenPath(place.Target);

        Assert.Null(folder.TryOpen("d"));
        Assert.Null(folder.TryCreate("d"));
        Assert.Null(folder.TryCreateFile("d"));
        Assert.Equal(place.Outside, folder.ReadLink("d"));
        Assert.Equal(Creation.NameTaken, folder.TryCreateLink("d", "x"));
        Assert.True(folder.TryRemoveFile("d"));
        place.AssertOutsideUntouched();
    }

    [Fact]
    public async Task Folders_keep_the_time_of_the_image()
    {
        (LayeredImage image, _, _) = await ApplyAsync(
            new LayerBuilder().Folder("d"), new LayerBuilder().File("d/later"));
        using LayeredImage cleanup = image;

        Assert.Equal(LayerBuilder.Time.UtcDateTime, Directory.GetLastWriteTimeUtc(Path.Combine(image.Target, "d")));
    }

    private static JsonNode[] Record(UnappliedMetadata unapplied, TargetNames names)
    {
        var content = new MemoryStream();
        var writer = new MetadataWriter(content);
        unapplied.Write(writer, names);
        writer.Flush();
        return
        [
            .. Encoding.UTF8.GetString(content.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonNode.Parse(line)!),
        ];
    }

    private static async Task<(LayeredImage Image, UnappliedMetadata Unapplied, TargetNames Names)> ApplyAsync(
        params LayerBuilder[] layers)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        LayeredImage image = await LayeredImage.CreateAsync(layers);
        Directory.CreateDirectory(image.Target);
        var unapplied = new UnappliedMetadata();
        var names = new MappedNames(WindowsNames.Map);
        using var target = new DirectoryTarget(ManagedFolder.OpenPath(image.Target), names, unapplied);
        var applier = new LayerApplier(ExpandLimits.Default);
        for (int i = 0; i < layers.Length; i++)
        {
            await using var reader = new TarReader(new MemoryStream(await layers[i].BuildAsync()));
            await applier.ApplyAsync(target, i, reader, _ => Task.CompletedTask, cancellationToken);
        }

        target.Complete();
        return (image, unapplied, names);
    }
}
