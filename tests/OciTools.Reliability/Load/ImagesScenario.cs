using System.Security.Cryptography;
using System.Text.Json.Nodes;
using OciTools.Testing;

namespace OciTools.Reliability.Load;

/// <summary>Thousands of images of one repository: listed, read, saved and mirrored, each in one pipeline.</summary>
internal static class ImagesScenario
{
    private const string Repository = "many";

    /// <summary>The most connections to one registry that -ThrottleLimit, 8 by default, explains twice over.</summary>
    private const int ConnectionLimit = 16;

    public static async Task RunAsync(LoadOptions options, LoadReport report, CancellationToken cancellationToken)
    {
        report.Title("Images of one repository");
        report.Columns(
            "images and pipeline",
            "seconds",
            "ms an image",
            "ms of processor an image",
            "RSS, first quarter (MiB)",
            "RSS, last quarter (MiB)",
            "heap afterwards (MiB)",
            "most handles",
            "connections at once",
            "connections made");
        foreach (int count in (int[])[options.Images / 4, options.Images / 2, options.Images])
            await RunAsync(count, report, cancellationToken);
    }

    private static async Task RunAsync(int count, LoadReport report, CancellationToken cancellationToken)
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        await using TestRegistry mirror = await TestRegistry.StartAsync();
        var shared = TestLayer.FromSeed(0);
        for (int i = 1; i <= count; i++)
            TestImages.Single([shared, TestLayer.FromSeed(i)]).AddTo(registry, Repository, $"v{i:00000}");

        DirectoryInfo folder = Directory.CreateTempSubdirectory("oci-load-");
        try
        {
            await using var session = PwshSession.Start();
            string tags = $"Get-OciTag {registry.Host}/{Repository}";
            await session.RunAsync($"{tags} | Select-Object -First 1 | Get-OciManifest", cancellationToken);

            Measurement read = await MeasureAsync(
                "Get-OciManifest", $"{tags} | Get-OciManifest | Measure-Object | ForEach-Object Count");
            report.Expect(read.Output == $"{count}", $"{read.Output} manifests were read instead of {count}.");
            await MeasureAsync("Save-OciImage", $"{tags} | Save-OciImage -Path '{folder.FullName}'");
            await MeasureAsync("Save-OciImage again", $"{tags} | Save-OciImage -Path '{folder.FullName}'");
            int missing = CountMissing(registry, folder.FullName);
            report.Expect(missing == 0, $"{missing} of {count} images are not in the layout as they should be.");
            await MeasureAsync("Copy-OciImage", $"{tags} | Copy-OciImage -Destination {mirror.Host}/{Repository}");
            int different = registry.GetTags(Repository).Count(tag => !Equals(
                mirror.GetManifest(Repository, tag)?.Digest, registry.GetManifest(Repository, tag)?.Digest));
            report.Expect(different == 0, $"{different} of {count} images are not in the mirror as they should be.");

            async Task<Measurement> MeasureAsync(string name, string line)
            {
                int made = registry.ConnectionCount + mirror.ConnectionCount;
                Measurement measured = await session.MeasureAsync(line, cancellationToken);
                made = registry.ConnectionCount + mirror.ConnectionCount - made;
                int atOnce = Math.Max(registry.PeakConnections, mirror.PeakConnections);
                report.Row(
                    $"{count}, {name}",
                    measured.Duration.TotalSeconds,
                    measured.Duration.TotalMilliseconds / count,
                    measured.Processor.TotalMilliseconds / count,
                    measured.FirstQuarterMiB,
                    measured.LastQuarterMiB,
                    measured.HeapMiB,
                    measured.MostHandles,
                    atOnce,
                    made);
                report.Expect(atOnce <= ConnectionLimit, $"{atOnce} connections to one registry were open at once.");
                return measured;
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Compares a layout, read as plain files, with the registry that it was saved from.</summary>
    private static int CountMissing(TestRegistry registry, string folder)
    {
        byte[] index = File.ReadAllBytes(Path.Combine(folder, "index.json"));
        JsonArray entries = JsonNode.Parse(index)!["manifests"]!.AsArray();
        Dictionary<string, string> named = entries.ToDictionary(
            entry => entry!["annotations"]!["org.opencontainers.image.ref.name"]!.GetValue<string>(),
            entry => entry!["digest"]!.GetValue<string>());
        HashSet<string> whole = [.. Directory.EnumerateFiles(Path.Combine(folder, "blobs", Digest.Sha256))
            .Where(file => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) == Path.GetFileName(file))
            .Select(file => Path.GetFileName(file))];
        bool hasBlobs = registry.GetBlobs(Repository).All(blob => whole.Contains(blob.Hex));
        return registry.GetTags(Repository).Count(tag =>
        {
            Digest digest = registry.GetManifest(Repository, tag)!.Value.Digest;
            return !hasBlobs || named.GetValueOrDefault(tag) != digest.ToString() || !whole.Contains(digest.Hex);
        });
    }
}
