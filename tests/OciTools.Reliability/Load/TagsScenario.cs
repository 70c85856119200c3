using OciTools.Testing;

namespace OciTools.Reliability.Load;

/// <summary>Ten thousand tags, listed a page of 1,000 at a time.</summary>
internal static class TagsScenario
{
    private const string Repository = "tagged";
    private const int Count = 10_000;
    private const int Times = 20;

    public static async Task RunAsync(LoadOptions options, LoadReport report, CancellationToken cancellationToken)
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single().AddTo(registry, Repository, tag: null);
        for (int i = 0; i < Count; i++)
            registry.Tag(Repository, $"v{i:00000}", image.Root.Digest);

        await using var session = PwshSession.Start();
        string tags = $"Get-OciTag {registry.Host}/{Repository}";
        string first =
            await session.RunAsync($"{tags} | Select-Object -First 1 | ForEach-Object Name", cancellationToken);
        int asked = CountPages(registry);
        report.Expect(first == "v00000", $"The first tag was {first}.");
        report.Expect(asked == 1, $"{asked} pages were asked for before the first tag came.");

        Measurement measured = await session.MeasureAsync(
            $"1..{Times} | ForEach-Object {{ {tags} }} | Measure-Object | ForEach-Object Count", cancellationToken);
        report.Expect(measured.Output == $"{Times * Count}", $"{measured.Output} tags were listed.");

        report.Title($"{Count} tags, {Times} times in one session");
        report.Columns(
            "seconds",
            "pages asked for when the first tag came",
            "pages of one list",
            "RSS, first quarter (MiB)",
            "RSS, last quarter (MiB)",
            "heap afterwards (MiB)",
            "connections made");
        report.Row(
            measured.Duration.TotalSeconds,
            asked,
            (CountPages(registry) - asked) / Times,
            measured.FirstQuarterMiB,
            measured.LastQuarterMiB,
            measured.HeapMiB,
            registry.ConnectionCount);
    }

    private static int CountPages(TestRegistry registry) =>
        registry.Requests.Count(request => request.Path.EndsWith("/tags/list", StringComparison.Ordinal));
}
