using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OciTools.Reliability.Fuzz;

/// <summary>Gives every target its share of the time, and saves the inputs that fail.</summary>
internal static class FuzzCommand
{
    public const string Verb = "fuzz";

    /// <summary>So many different failures of a target are enough to begin with.</summary>
    private const int MostFailures = 5;

    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var options = FuzzOptions.Parse(arguments);
        return options.Replay is { } path
            ? await ReplayAsync(path)
            : await RunAsync(options, cancellationToken);
    }

    private static async Task<int> RunAsync(FuzzOptions options, CancellationToken cancellationToken)
    {
        var report = new StringBuilder(Text($"Seed {options.Seed}, {options.Duration.TotalSeconds:F0} s."));
        report.AppendLine().AppendLine()
            .AppendLine("| target | inputs | refused | slowest ms | most allocated KiB | failures |")
            .AppendLine("|---|---:|---:|---:|---:|---:|");
        int failures = 0;
        foreach (FuzzTarget target in options.Targets)
        {
            var run = new FuzzRun(target);
            int failed = await RunAsync(target, run, options, cancellationToken);
            failures += failed;
            report.AppendLine(Text($"| {target.Name} | {run.Cases} | {run.Refused} | ")
                + Text($"{run.Slowest.TotalMilliseconds:F0} | {run.MostAllocated / 1024} | {failed} |"));
        }

        report.AppendLine().AppendLine(
            Text($"Peak memory of the process: {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB."));
        Console.WriteLine(report);
        if (options.Report is { } path)
            await File.WriteAllTextAsync(path, report.ToString(), cancellationToken);
        return failures == 0 ? 0 : 1;
    }

    private static async Task<int> RunAsync(
        FuzzTarget target, FuzzRun run, FuzzOptions options, CancellationToken cancellationToken)
    {
        var mutator = new Mutator(target);
        var seen = new HashSet<string>();
        TimeSpan share = options.Duration / options.Targets.Count;
        long started = Stopwatch.GetTimestamp();
        for (int number = 0; Stopwatch.GetElapsedTime(started) < share && seen.Count < MostFailures; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            byte[] input = mutator.Make(new Random(unchecked((options.Seed * 1_000_003) + number)));
            if (await run.RunAsync(input) is not { } problem || !seen.Add(KindOf(problem)))
                continue;
            string path = Text($"fuzz-{target.Name}-{options.Seed}-{number}.bin");
            await File.WriteAllBytesAsync(path, input, cancellationToken);
            Console.WriteLine(Text($"FAILED {target.Name}; again with --replay {Path.GetFullPath(path)}"));
            Console.WriteLine(problem);
        }

        return seen.Count;
    }

    private static async Task<int> ReplayAsync(string path)
    {
        string name = Path.GetFileName(path).Split('-') is ["fuzz", string target, ..]
            ? target
            : throw new FormatException($"The name of {path} does not begin with fuzz and a target.");
        string? problem = await new FuzzRun(FuzzTargets.Find(name)).RunAsync(await File.ReadAllBytesAsync(path));
        Console.WriteLine(problem ?? "All is well.");
        return problem is null ? 0 : 1;
    }

    /// <summary>The exception and where it was thrown, so that one defect is told once.</summary>
    private static string KindOf(string problem) => string.Concat(problem.Split('\n')
        .Where((line, i) => i == 0 || line.Contains(" OciTools.", StringComparison.Ordinal)).Take(2)
        .Select(line => new string([.. line.Where(character => !char.IsAsciiDigit(character))])));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
