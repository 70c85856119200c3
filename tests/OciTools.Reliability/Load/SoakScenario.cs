using System.Globalization;
using OciTools.Testing;

namespace OciTools.Reliability.Load;

/// <summary>
/// One session that does all kinds of jobs for long, and must hold no more at the end than near the start.
/// </summary>
internal static class SoakScenario
{
    private const double MiB = 1024 * 1024;
    private const int StallAfter = 100;

    /// <summary>
    /// The part of the run in which caches fill and code is compiled; growth is measured after it.
    /// </summary>
    private const double WarmUp = 0.25;

    public static async Task RunAsync(LoadOptions options, LoadReport report, CancellationToken cancellationToken)
    {
        await using TestRegistry registry = await TestRegistry.StartAsync();
        await using TestRegistry mirror = await TestRegistry.StartAsync();
        for (int i = 0; i < 10; i++)
            TestImages.MultiPlatform(i + 1).AddTo(registry, "app", $"v{i}");
        TestImages.Single(seed: 20).AddTo(registry, "corrupt");
        TestImages.Single(seed: 21).AddTo(registry, "stalled");
        registry.Faults.Add(Fault.On("GET", "/v2/corrupt/blobs/").CorruptAt(0).Always());
        registry.Faults.Add(Fault.On("GET", "/v2/stalled/blobs/").StallAfter(StallAfter).Always());

        DirectoryInfo folder = Directory.CreateTempSubdirectory("oci-load-");
        try
        {
            var samples = new List<SoakSample>();
            await using var session = PwshSession.Start();
            string wrong = await session.RunAsync(
                $"& '{PwshSession.ScriptPath("soak.ps1")}' -Registry {registry.Host} -Mirror {mirror.Host} "
                + FormattableString.Invariant($"-Folder '{folder.FullName}' -Minutes {options.Duration.TotalMinutes}"),
                cancellationToken,
                line =>
                {
                    samples.Add(Parse(line, session.Sample()));
                    registry.ClearRequests();
                    mirror.ClearRequests();
                });
            report.Expect(wrong == "0", $"{wrong} jobs ended otherwise than they should.");
            Write(report, samples);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static SoakSample Parse(string line, ProcessSample process) =>
        line.Split('\t') is ["sample", var seconds, var round, var heap]
            ? new SoakSample(
                double.Parse(seconds, CultureInfo.InvariantCulture),
                int.Parse(round, CultureInfo.InvariantCulture),
                long.Parse(heap, CultureInfo.InvariantCulture),
                process)
            : throw new FormatException($"The session wrote: {line}");

    private static void Write(LoadReport report, IReadOnlyList<SoakSample> all)
    {
        SoakSample last = all[^1];
        List<SoakSample> samples = [.. all.Where(sample => sample.Seconds >= last.Seconds * WarmUp)];
        report.Title($"One session for {(int)last.Seconds / 60} minutes, {last.Round} rounds of jobs");
        report.Columns("", "after a quarter of the time", "at the end", "least", "most", "growth an hour");
        Row("live objects (MiB)", sample => sample.Heap / MiB);
        Row("RSS (MiB)", sample => sample.Process.ResidentBytes / MiB);
        Row("handles", sample => sample.Process.Handles);
        Row("threads", sample => sample.Process.Threads);

        void Row(string name, Func<SoakSample, double> value) => report.Row(
            name, value(samples[0]), value(last), samples.Min(value), samples.Max(value), Slope(samples, value) * 3600);
    }

    /// <summary>The growth a second of the line that fits best (least squares).</summary>
    private static double Slope(IReadOnlyList<SoakSample> samples, Func<SoakSample, double> value)
    {
        double time = samples.Average(sample => sample.Seconds);
        double mean = samples.Average(value);
        double spread = samples.Sum(sample => Math.Pow(sample.Seconds - time, 2));
        return spread == 0 ? 0 : samples.Sum(sample => (sample.Seconds - time) * (value(sample) - mean)) / spread;
    }
}
