using System.Globalization;
using System.Text;

namespace OciTools.Reliability.Chaos;

/// <summary>Adds up what became of the operations, in Markdown.</summary>
internal sealed class ChaosReport(int seed)
{
    private const double MiB = 1024 * 1024;
    private readonly List<OperationRecord> _records = [];
    private readonly List<WritersRecord> _rounds = [];

    public bool IsSound =>
        _records.TrueForAll(record => record.IsSound) && _rounds.TrueForAll(round => round.Wrong.Count == 0);

    public void Add(OperationRecord record)
    {
        lock (_records)
            _records.Add(record);
    }

    public void Add(WritersRecord round)
    {
        lock (_records)
            _rounds.Add(round);
    }

    /// <summary>One operation in words.</summary>
    public string Describe(OperationRecord record)
    {
        IEnumerable<string> causes = record.Hits.Select(hit => $"{hit.Key} ×{hit.Value}");
        if (record.Interruption != InterruptionKind.None)
            causes = causes.Append(record.Interruption.ToString());
        string again = record.Again is null ? "" : $", then {Describe(record.Again)}";
        IEnumerable<string> lines =
        [
            Text($"--seed {seed} --operation {record.Number} ({record.Kind.Title()}; {string.Join(", ", causes)}; ")
                + Text($"{record.Duration.TotalSeconds:F1} s): {Describe(record.First)}{again}"),
            .. record.Wrong.Select(text => $"  WRONG: {text}"),
            .. record.Flaws.Select(text => $"  LEFT: {text}"),
        ];
        return string.Join(Environment.NewLine, lines);
    }

    /// <summary>One round of many writers in words.</summary>
    public string Describe(WritersRecord round)
    {
        IEnumerable<string> lines =
        [
            Text($"--seed {seed} --operation {round.Number} (many writers; {round.Duration.TotalSeconds:F1} s)"),
            .. round.Wrong.Select(text => $"  WRONG: {text}"),
        ];
        return string.Join(Environment.NewLine, lines);
    }

    public string Write(TimeSpan duration)
    {
        var text = new StringBuilder();
        int operations = _records.Count + _rounds.Count;
        text.AppendLine(Text($"Seed {seed}, {operations} operations in {duration.TotalSeconds:F0} s."));
        WriteOutcomes(text);
        WriteFaults(text);
        WriteErrors(text);
        WriteRounds(text);
        WriteSummary(text);
        foreach (OperationRecord record in _records.Where(record => !record.IsSound).OrderBy(record => record.Number))
            text.AppendLine().AppendLine(Describe(record));
        foreach (WritersRecord round in _rounds.Where(round => round.Wrong.Count > 0).OrderBy(round => round.Number))
            text.AppendLine().AppendLine(Describe(round));
        return text.ToString();
    }

    private void WriteOutcomes(StringBuilder text)
    {
        text.AppendLine()
            .AppendLine("| operation | runs | ended right | named error, then right | stopped, then right | wrong |")
            .AppendLine("|---|---:|---:|---:|---:|---:|");
        foreach (IGrouping<JobKind, OperationRecord> kind in _records.GroupBy(r => r.Kind).OrderBy(group => group.Key))
            Row(kind.Key.Title(), [.. kind]);
        Row("all", _records);

        void Row(string name, List<OperationRecord> records)
        {
            List<OperationRecord> sound = records.FindAll(record => record.IsSound);
            int right = sound.Count(record => record.First.Digest is not null);
            int named = sound.Count(record => record.First.Code is not null || record.First.IsUnrepaired);
            int stopped = sound.Count(record => record.First.WasStopped);
            text.AppendLine(Text(
                $"| {name} | {records.Count} | {right} | {named} | {stopped} | {records.Count - sound.Count} |"));
        }
    }

    private void WriteFaults(StringBuilder text)
    {
        text.AppendLine().AppendLine("| fault | operations | times |").AppendLine("|---|---:|---:|");
        foreach (var fault in _records.SelectMany(record => record.Hits).Where(hit => hit.Value > 0)
            .GroupBy(hit => hit.Key).OrderBy(group => group.Key, StringComparer.Ordinal))
            text.AppendLine(Text($"| {fault.Key} | {fault.Count()} | {fault.Sum(hit => hit.Value)} |"));
        foreach (var stop in _records.Where(record => record.First.WasStopped).GroupBy(record => record.Interruption))
        {
            string name = stop.Key == InterruptionKind.Kill ? "SIGKILL" : "cancelled";
            text.AppendLine(Text($"| {name} | {stop.Count()} | {stop.Count()} |"));
        }
    }

    private void WriteErrors(StringBuilder text)
    {
        text.AppendLine().AppendLine("| named error | operations |").AppendLine("|---|---:|");
        foreach (var error in _records.Where(record => record.First.Code is not null)
            .GroupBy(record => record.First.Code).OrderBy(group => group.Key))
            text.AppendLine(Text($"| Oci{error.Key} | {error.Count()} |"));
        int unrepaired = _records.Count(record => record.First.IsUnrepaired);
        text.AppendLine(Text($"| none; the result names what is still broken | {unrepaired} |"));
    }

    private void WriteSummary(StringBuilder text)
    {
        List<OperationRecord> again = _records.FindAll(record => record.Again is not null);
        long needed = _records.Sum(record => record.BytesNeeded);
        long passed = _records.Sum(record => record.BytesPassed);
        double wasted = (double)(passed - needed) / Math.Max(1, needed);
        int wrong = _records.Count(record => record.Wrong.Count > 0) + _rounds.Count(round => round.Wrong.Count > 0);
        text.AppendLine()
            .AppendLine(Text($"- Wrong results: {wrong}"))
            .AppendLine(Text($"- Leftovers that look whole and are not: {_records.Count(r => r.Flaws.Count > 0)}"))
            .AppendLine(Text($"- Resumed: {_records.Count(r => r.ResumedFirst > 0)} within a run, ")
                + Text($"{again.Count(r => r.ResumedAgain > 0)} where an earlier run had stopped"))
            .AppendLine(Text($"- Run again after an error or a stop: {again.Count}, ")
                + Text($"of which ended right: {again.Count(record => record.Again!.Digest is not null)}"))
            .AppendLine(Text($"- Bytes needed: {needed / MiB:F0} MiB; moved: {passed / MiB:F0} MiB; ")
                + Text($"moved again over needed: {wasted:F3}"));
        if (!SmallDisk.IsAvailable)
            text.AppendLine("- Left out: disk full, because no file system can be mounted here");
    }

    private void WriteRounds(StringBuilder text)
    {
        text.AppendLine()
            .Append("| many writers of one layout | rounds | processes | killed | saves reported | removals meanwhile ")
            .AppendLine("| blobs removed | copied again | wrong |")
            .AppendLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        Row("with locks", _rounds.FindAll(round => round.HasLocks));
        Row("locks do nothing", _rounds.FindAll(round => !round.HasLocks));

        void Row(string name, List<WritersRecord> rounds) => text
            .Append(Text($"| {name} | {rounds.Count} | {rounds.Sum(round => round.Processes)} "))
            .Append(Text($"| {rounds.Sum(round => round.Killed)} | {rounds.Sum(round => round.Saves)} "))
            .Append(Text($"| {rounds.Sum(round => round.Sweeps)} | {rounds.Sum(round => round.Removed)} "))
            .Append(Text($"| {rounds.Sum(round => round.CopiedAgain)} "))
            .AppendLine(Text($"| {rounds.Count(round => round.Wrong.Count > 0)} |"));
    }

    private static string Describe(JobEnd end) => end switch
    {
        { Digest: not null } => "ended right",
        { WasStopped: true } => "stopped",
        { Code: { } code } => $"Oci{code}",
        { IsUnrepaired: true } => "left what is broken",
        _ => "failed",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
