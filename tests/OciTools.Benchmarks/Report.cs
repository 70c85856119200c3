using System.Text;
using System.Text.Json;

namespace OciTools.Benchmarks;

/// <summary>What was measured.</summary>
/// <param name="Results">The results, in the order of the jobs.</param>
/// <param name="Failures">What could not be measured, and why.</param>
/// <param name="Session">What the session of OciTools took to start; null when none did.</param>
internal sealed record Report(IReadOnlyList<Result> Results, IReadOnlyList<string> Failures, Sample? Session)
{
    private const double MiB = 1024 * 1024;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>Writes the samples, or the tables when the file is not named <c>.json</c>.</summary>
    public void Save(string path) => File.WriteAllText(
        path, Path.GetExtension(path) == ".json" ? JsonSerializer.Serialize(this, s_json) : ToString());

    /// <summary>The report in Markdown.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Session is { } session)
            text.AppendLine(Text($"A session of OciTools takes {session.Wall:F3} s to start ({session.Cpu:F2} s CPU),"))
                .AppendLine(Text($"and {session.PeakMemory / MiB:F0} MiB when it is idle."));
        foreach (IGrouping<string, Result> scenario in Results.GroupBy(Title))
            Section(scenario.Key, Describe(scenario));
        TextTable verdict = Judge();
        if (!verdict.IsEmpty)
            Section("Against the yardstick", verdict);
        if (Failures.Count > 0)
            Section("Failed", string.Join(Environment.NewLine, Failures.Select(failure => $"- {failure}")));
        return text.ToString();

        void Section(string title, object content) =>
            text.AppendLine().AppendLine($"## {title}").AppendLine().AppendLine(content.ToString());
    }

    private static string Title(Result result) => result.Job.Scenario
        + (result.Job.Delay == 0 ? "" : $", +{result.Job.Delay} ms")
        + (result.Job.Rate == 0 ? "" : $", {result.Job.Rate} MB/s a connection");

    private TextTable Describe(IEnumerable<Result> results)
    {
        var table = new TextTable(
            words: 2,
            "image", "tool", "wall s", "min–max s", "CPU s", "peak MiB", "requests", "connections",
            $"of {results.Select(result => Reference(result)?.Tool).FirstOrDefault(tool => tool is not null) ?? "–"}");
        foreach (Result result in results)
            table.Add(
                result.Job.Image,
                result.Tool,
                Text($"{result.Wall:F3}"),
                Text($"{result.FastestWall:F3}–{result.SlowestWall:F3}"),
                Text($"{result.Cpu:F3}"),
                Text($"{result.PeakMemory / MiB:F0}"),
                Text($"{result.Traffic.Requests}"),
                Text($"{result.Traffic.Connections}"),
                Fraction(result) is { } fraction ? Text($"{fraction:F3}") : "");
        return table;
    }

    private TextTable Judge()
    {
        var table = new TextTable(
            words: 2, "scenario", "image", "delay ms", "MB/s", "yardstick", "measured", "verdict");
        foreach (Yardstick yardstick in Yardstick.All)
        {
            Result? own = Results.FirstOrDefault(r => r.Job == yardstick.Job && r.Tool == WorkerTool.ToolName);
            if (own is null || Fraction(own) is not { } fraction)
                continue;
            table.Add(
                own.Job.Scenario,
                own.Job.Image,
                Text($"{own.Job.Delay}"),
                own.Job.Rate == 0 ? "" : Text($"{own.Job.Rate}"),
                Text($"{yardstick.Limit:F2}"),
                Text($"{fraction:F3}"),
                fraction <= yardstick.Limit ? "met" : "MISSED");
        }

        return table;
    }

    /// <summary>What the tool whose time is the unit took for the same job.</summary>
    private Result? Reference(Result result) =>
        Results.FirstOrDefault(r => r.Job == result.Job && PeerTools.References.Contains(r.Tool));

    private double? Fraction(Result result) => result.Wall / Reference(result)?.Wall;

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
