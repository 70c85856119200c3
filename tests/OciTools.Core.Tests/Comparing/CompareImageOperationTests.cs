using System.Text.Json.Nodes;
using OciTools.Operations;
using OciTools.RootFs;
using OciTools.Tests.RootFs;

namespace OciTools.Tests.Comparing;

public sealed class CompareImageOperationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_told_of_an_image_and_itself()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));

        Assert.Empty(await CompareAsync(image, image));
        Assert.All(
            await CompareAsync(image, image, request => request with { IncludeEqual = true }),
            item => Assert.Equal("==", item.SideIndicator));
    }

    [Fact]
    public async Task Config_members_are_told_one_by_one_and_unknown_ones_too()
    {
        byte[] tar = await new LayerBuilder().File("a").BuildAsync();
        using LayeredImage one = LayeredImage.Create([tar], config =>
        {
            config["docker_version"] = "1.0";
            config["config"] = JsonNode.Parse("""
                {
                  "Env": ["PATH=/bin", "A=1", "B=same", "EMPTY="], "User": "", "Cmd": ["sh", "-c", "x"],
                  "Labels": { "old": "1" }, "ExposedPorts": { "80/tcp": {} }, "Healthcheck": { "Retries": 3 }
                }
                """);
        });
        using LayeredImage other = LayeredImage.Create([tar], config =>
        {
            config["author"] = null;
            config["config"] = JsonNode.Parse("""
                {
                  "Env": ["B=same", "A=2", "PATH=/bin", "C=x=y"], "Cmd": ["sh", "-c", "y"], "Labels": {},
                  "ExposedPorts": { "81/udp": {} }, "Healthcheck": { "Retries": 4 }, "ArgsEscaped": false
                }
                """);
        });

        List<OciImageDifference> found = await CompareAsync(one, other);

        Assert.Equal(
            [
                "!= Platform linux/amd64", "<= Config author", "!= Config Env.A", "<= Config Env.EMPTY",
                "!= Config Cmd", "<= Config Labels.old", "<= Config ExposedPorts.80/tcp", "!= Config Healthcheck.Retries",
                "<= Config docker_version", "=> Config Env.C", "=> Config ExposedPorts.81/udp",
            ],
            found.Select(item => $"{item.SideIndicator} {item.Kind} {item.Name}"));
        OciImageDifference variable = found.Single(item => item.Name == "Env.A");
        Assert.Equal(("1", "2"), (variable.ReferenceValue, variable.DifferenceValue));
        Assert.Equal("x=y", found.Single(item => item.Name == "Env.C").DifferenceValue);
        Assert.Equal(
            ["sh", "-c", "y"], Assert.IsType<string[]>(found.Single(item => item.Name == "Cmd").DifferenceValue));
        Assert.NotNull(variable.ReferenceImage!.Digest);
        Assert.NotEqual(variable.ReferenceImage.Digest, variable.DifferenceImage!.Digest);
    }

    [Fact]
    public async Task Steps_of_the_history_are_matched_by_their_commands()
    {
        byte[] tar = await new LayerBuilder().File("a").BuildAsync();
        using LayeredImage one = LayeredImage.Create([tar], config => config["history"] = JsonNode.Parse("""
            [ { "created_by": "ADD", "created": "2024-01-01T00:00:00Z" }, { "created_by": "CMD", "empty_layer": true } ]
            """));
        using LayeredImage other = LayeredImage.Create([tar], config => config["history"] = JsonNode.Parse("""
            [
              { "created_by": "ADD", "created": "2025-01-01T00:00:00Z" }, { "created_by": "ENV", "empty_layer": true },
              { "created_by": "CMD", "empty_layer": true }
            ]
            """));

        List<OciImageDifference> found = await CompareAsync(one, other);

        Assert.Equal(
            ["!= history.1", "=> history.2"],
            found.Where(item => item.Kind == OciDifferenceKind.Config).Select(item => item.ToString()));
        Assert.Equal(OciChanges.Time, found.Single(item => item.Name == "history.1").Changes);
        Assert.Equal("ENV", Assert.IsType<ImageHistory>(found[^1].DifferenceValue).CreatedBy);
    }

    [Fact]
    public async Task Layers_are_matched_by_what_they_unpack_to()
    {
        byte[][] tars = await BuildAsync(
            new LayerBuilder().File("a"), new LayerBuilder().File("b"), new LayerBuilder().File("c"));
        using LayeredImage one = LayeredImage.Create([tars[0], tars[1]]);
        using LayeredImage other = LayeredImage.Create(
            [tars[2], tars[1]], pack: tar => tar == tars[1] ? tar : LayeredImage.Gzip(tar));

        List<OciImageDifference> found =
            [.. (await CompareAsync(one, other, WithFiles)).Where(item => item.Kind >= OciDifferenceKind.Layer)];

        Assert.Equal(
            [
                $"<= {Digest.Compute(tars[0])} None", $"=> {Digest.Compute(tars[2])} None",
                $"!= {Digest.Compute(tars[1])} Packing", "<= a None", "=> c None",
            ],
            found.Select(item => $"{item} {item.Changes}"));
        Assert.NotEqual(
            Assert.IsType<OciLayer>(found[2].ReferenceValue).Digest,
            Assert.IsType<OciLayer>(found[2].DifferenceValue).Digest);
    }

    [Fact]
    public async Task Files_are_compared_as_they_are_after_all_layers()
    {
        LayerBuilder lower = new LayerBuilder()
            .Folder("etc").File("etc/same").File("etc/copied").File("etc/content", "a").File("etc/mode")
            .File("etc/owner").File("etc/type").File("etc/time").Link("etc/link", "same").File("etc/gone")
            .Folder("old").File("old/1").File("old/2").Folder("opaque").File("opaque/1")
            .Device("device", OciFileType.CharacterDevice, 1, 3).Add(WithAttribute(1))
            .File("many").HardLink("names", "many");
        using LayeredImage one = await LayeredImage.CreateAsync(lower);
        using LayeredImage other = await LayeredImage.CreateAsync(
            lower,
            new LayerBuilder()
                .File("etc/copied").File("etc/content", "b").File("etc/mode", mode: 0b100_100_100)
                .Add(Plain("etc/owner") with { Uid = 1, ModifiedTime = LayerBuilder.Time })
                .Link("etc/type", "same").Add(Plain("etc/time")).Link("etc/link", "mode").Whiteout("etc/gone")
                .Whiteout("old").Opaque("opaque").Device("device", OciFileType.CharacterDevice, 1, 5)
                .Add(WithAttribute(2)).File("names").File("new"));

        List<OciImageDifference> found =
            [.. (await CompareAsync(one, other, WithFiles)).Where(item => item.Kind == OciDifferenceKind.File)];

        string[] changes =
        [
            "!= attribute Attributes", "!= device Device", "!= etc/content Content", "<= etc/gone None",
            "!= etc/link Link", "!= etc/mode Mode", "!= etc/owner Owner", "!= etc/type Type",
            "!= names Link", "=> new None", "<= old None", "<= old/1 None", "<= old/2 None", "<= opaque/1 None",
        ];
        Assert.Equal(changes, found.Select(item => $"{item} {item.Changes}"));
        var content = Assert.IsType<OciImageFile>(found[2].DifferenceValue);
        Assert.Equal(Digest.Compute("b"u8), content.Digest);
        Assert.Equal((1, "-rw-r--r--", "etc/content"), (content.Size, content.ModeText, content.Path));
        Assert.Equal("1:5", Assert.IsType<OciImageFile>(found[1].DifferenceValue).Device);
        Assert.Equal("many", Assert.IsType<OciImageFile>(found[8].ReferenceValue).LinkTarget);

        found = await CompareAsync(one, other, request => WithFiles(request) with { IncludeTime = true });
        Assert.Contains(found, item => item is { Name: "etc/time", Changes: OciChanges.Time });

        found = await CompareAsync(one, other, request => WithFiles(request) with { IncludeEqual = true });
        Assert.Contains(found, item => item is { Name: "etc/copied", SideIndicator: "==" });
        Assert.Contains(found, item => item is { Name: ".", SideIndicator: "==" });
    }

    [Fact]
    public async Task Whiteouts_of_the_first_layer_that_differs_count()
    {
        LayerBuilder lower = new LayerBuilder().File("a").File("b");
        using LayeredImage one = await LayeredImage.CreateAsync(lower, new LayerBuilder().Whiteout("a"));
        using LayeredImage other = await LayeredImage.CreateAsync(lower, new LayerBuilder().Whiteout("b"));

        Assert.Equal(["=> a", "<= b"], await CompareFilesAsync(one, other));
    }

    [Fact]
    public async Task Layers_in_common_are_read_from_one_image_only()
    {
        LayerBuilder lower = new LayerBuilder().File("a");
        using LayeredImage one = await LayeredImage.CreateAsync(lower, new LayerBuilder().File("b", "1"));
        using LayeredImage other = await LayeredImage.CreateAsync(lower, new LayerBuilder().File("b", "2"));
        File.Delete(PathOf(other, LayeredImage.Gzip(await lower.BuildAsync())));

        Assert.Equal(["!= b"], await CompareFilesAsync(one, other));
    }

    [Fact]
    public async Task No_layer_is_read_when_all_unpack_to_the_same()
    {
        byte[] tar = await new LayerBuilder().File("a").BuildAsync();
        using LayeredImage one = LayeredImage.Create([tar]);
        using LayeredImage other = LayeredImage.Create([tar], config => config["author"] = "another");
        File.Delete(PathOf(one, LayeredImage.Gzip(tar)));

        Assert.Empty(await CompareFilesAsync(one, other));
    }

    [Fact]
    public async Task A_damaged_layer_is_an_error_before_any_file_is_told_of()
    {
        byte[][] tars = await BuildAsync(new LayerBuilder().File("a"), new LayerBuilder().File("b"));
        using LayeredImage one = LayeredImage.Create([tars[0]]);
        using LayeredImage other = LayeredImage.Create([tars[1]]);
        string path = PathOf(other, LayeredImage.Gzip(tars[1]));
        byte[] bytes = await File.ReadAllBytesAsync(path, Cancel);
        bytes[^5] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Cancel);

        var found = new List<OciImageDifference>();
        OciException exception =
            await Assert.ThrowsAsync<OciException>(() => CompareAsync(one, other, WithFiles, found));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Contains("The files were not compared.", exception.Message);
        Assert.DoesNotContain(found, item => item.Kind == OciDifferenceKind.File);
    }

    [Fact]
    public async Task The_permissions_of_a_link_mean_nothing_beside_those_of_a_file()
    {
        using LayeredImage one = await LayeredImage.CreateAsync(new LayerBuilder().File("a"));
        using LayeredImage other = await LayeredImage.CreateAsync(new LayerBuilder().Link("a", "b"));

        List<OciImageDifference> found =
            [.. await CompareAsync(one, other, WithFiles), .. await CompareAsync(other, one, WithFiles)];

        Assert.Equal(
            [OciChanges.Type, OciChanges.Type],
            found.Where(item => item.Name == "a").Select(item => item.Changes));
    }

    [Fact]
    public async Task Limits_count_the_layers_in_common_as_well()
    {
        LayerBuilder lower = new LayerBuilder().File("a").File("b");
        using LayeredImage one = await LayeredImage.CreateAsync(lower, new LayerBuilder().File("c").File("d"));
        using LayeredImage other = await LayeredImage.CreateAsync(lower);

        OciException exception = await Assert.ThrowsAsync<OciException>(() => CompareAsync(
            one,
            other,
            request => WithFiles(request) with { Limits = new ExpandLimits { MaximumEntryCount = 3 } }));

        Assert.Equal(OciErrorCode.LimitExceeded, exception.Code);
        Assert.Contains(
            "'d' is one more than the limit of 3 entries. Raise MaximumEntryCount only", exception.Message);
    }

    private static TarEntry Plain(string name) =>
        new() { Name = name, Size = 7, Data = new MemoryStream("content"u8.ToArray()) };

    private static TarEntry WithAttribute(byte value) => Plain("attribute") with
    {
        ExtendedAttributes = new Dictionary<string, byte[]> { ["user.test"] = [value] },
    };

    private static CompareImageRequest WithFiles(CompareImageRequest request) =>
        request with { IncludeFiles = true };

    private static async Task<byte[][]> BuildAsync(params LayerBuilder[] layers) =>
        await Task.WhenAll(layers.Select(layer => layer.BuildAsync()));

    private static string PathOf(LayeredImage image, byte[] blob) =>
        Path.Combine(image.Layout, "blobs", "sha256", Digest.Compute(blob).Hex);

    private static async Task<IEnumerable<string>> CompareFilesAsync(LayeredImage one, LayeredImage other) =>
        (await CompareAsync(one, other, WithFiles))
            .Where(item => item.Kind == OciDifferenceKind.File).Select(item => item.ToString());

    private static async Task<List<OciImageDifference>> CompareAsync(
        LayeredImage one,
        LayeredImage other,
        Func<CompareImageRequest, CompareImageRequest>? edit = null,
        List<OciImageDifference>? found = null)
    {
        found ??= [];
        var request = new CompareImageRequest { ReferenceImage = one.Reference, DifferenceImage = other.Reference };
        await foreach (OciImageDifference item in new CompareImageOperation(new OciSession(new LayeredImage.NoHttp()))
            .RunAsync(edit?.Invoke(request) ?? request, null, Cancel))
        {
            found.Add(item);
        }

        return found;
    }
}
