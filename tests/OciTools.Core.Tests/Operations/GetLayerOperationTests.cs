using System.Text.Json.Nodes;
using OciTools.Operations;
using OciTools.Testing;
using OciTools.Tests.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

public sealed class GetLayerOperationTests
{
    private static readonly byte[] s_tar = new TarBlocks().File("a", "1").End();
    private static readonly byte[] s_other = new TarBlocks().File("b", "2").End();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Layers_stand_beside_their_steps_and_steps_without_layers_are_empty()
    {
        using var image = new LayeredImage([s_tar, s_other], config =>
        {
            config["history"] = new JsonArray(
                new JsonObject { ["created_by"] = "ADD", ["created"] = "2024-01-02T03:04:05Z", ["author"] = "me" },
                new JsonObject { ["created_by"] = "ENV", ["empty_layer"] = true },
                new JsonObject { ["created_by"] = "COPY", ["comment"] = "buildkit" },
                new JsonObject { ["created_by"] = "CMD", ["empty_layer"] = true });
            return config;
        });

        (List<OciLayer> layers, EventLog log) = await RunAsync(image.Reference);

        Assert.Equal(["ADD", "ENV", "COPY", "CMD"], layers.Select(layer => layer.CreatedBy));
        Assert.Equal([1, 2, 3, 4], layers.Select(layer => layer.Number));
        Assert.Equal([image.Layers[0], null, image.Layers[1], null], layers.Select(layer => layer.Digest));
        Assert.Equal([image.DiffIds[0], null, image.DiffIds[1], null], layers.Select(layer => layer.DiffId));
        Assert.Equal([false, true, false, true], layers.Select(layer => layer.IsEmpty));
        Assert.Equal(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero), layers[0].Created);
        Assert.Equal(("me", "buildkit"), (layers[0].Author, layers[2].Comment));
        Assert.All(layers, layer => Assert.Equal("linux/amd64", $"{layer.Platform}"));
        Assert.NotNull(layers[0].Reference.Digest);
        Assert.Equal(0, log.Count);
    }

    [Fact]
    public async Task Without_a_history_there_are_layers_only()
    {
        using var image = new LayeredImage([s_tar, s_other], config =>
        {
            config.Remove("history");
            return config;
        });

        (List<OciLayer> layers, EventLog log) = await RunAsync(image.Reference);

        Assert.Equal(image.Layers, layers.Select(layer => layer.Digest));
        Assert.Equal(image.DiffIds, layers.Select(layer => layer.DiffId));
        Assert.All(layers, layer => Assert.Null(layer.CreatedBy));
        Assert.Equal(0, log.Count);
    }

    [Fact]
    public async Task A_history_that_does_not_fit_is_left_out_with_a_warning()
    {
        using var image = new LayeredImage([s_tar, s_other], config =>
        {
            config["history"]!.AsArray().Add(new JsonObject { ["created_by"] = "one too many" });
            config["rootfs"]!["diff_ids"]!.AsArray().RemoveAt(0);
            return config;
        });

        (List<OciLayer> layers, EventLog log) = await RunAsync(image.Reference);

        Assert.Equal(image.Layers, layers.Select(layer => layer.Digest));
        Assert.All(layers, layer => Assert.Equal((null, null), (layer.CreatedBy, layer.DiffId)));
        Assert.Equal(2, log.Count);
        Assert.All((TransferEvent[])[log[0], log[1]], item => Assert.Equal(TransferEventKind.Warned, item.Kind));
        Assert.Contains("has 2 layers, but its history tells of 3.", log[1].Message);
    }

    [Fact]
    public async Task What_is_no_image_has_layers_without_steps()
    {
        using var image = new LayeredImage([s_tar], config => config, "application/vnd.example.config");

        (List<OciLayer> layers, _) = await RunAsync(image.Reference);

        OciLayer layer = Assert.Single(layers);
        Assert.Equal(image.Layers[0], layer.Digest);
        Assert.Null(layer.DiffId);
    }

    [Fact]
    public async Task Layers_of_every_platform_are_told()
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImages.MultiPlatform().AddTo(registry, "app");

        (List<OciLayer> layers, _) = await RunAsync(ImageReference.Parse(registry.Reference("app")));

        Assert.Equal(8, layers.Count);
        Assert.Equal(4, layers.Select(layer => $"{layer.Platform}").Distinct().Count());
    }

    private static async Task<(List<OciLayer> Layers, EventLog Log)> RunAsync(ImageReference reference)
    {
        var layers = new List<OciLayer>();
        var warnings = new EventLog();
        var log = new WarningFilter(warnings);
        await foreach (OciLayer layer in new GetLayerOperation(LayeredImage.Session)
            .RunAsync(new GetManifestRequest { Reference = reference }, log, Cancel))
        {
            layers.Add(layer);
        }

        return (layers, warnings);
    }

    private sealed class WarningFilter(EventLog warnings) : IProgress<TransferEvent>
    {
        public void Report(TransferEvent value)
        {
            if (value.Kind == TransferEventKind.Warned)
                warnings.Report(value);
        }
    }
}
