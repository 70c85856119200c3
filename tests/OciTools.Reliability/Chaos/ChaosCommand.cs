using System.Diagnostics;

namespace OciTools.Reliability.Chaos;

/// <summary>Runs operations until the time is over, and reports.</summary>
internal static class ChaosCommand
{
    public const string Verb = "chaos";

    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var options = ChaosOptions.Parse(arguments);
        var report = new ChaosReport(options.Seed);
        var images = new ChaosImages(options.Seed);
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.Lanes,
            CancellationToken = cancellationToken,
        };
        long started = Stopwatch.GetTimestamp();
        IEnumerable<int> numbers = options.Operation is { } one
            ? [one]
            : Enumerable.Range(0, int.MaxValue).TakeWhile(_ => Stopwatch.GetElapsedTime(started) < options.Duration);
        await Parallel.ForEachAsync(numbers, parallel, async (number, stop) =>
        {
            if (WritersRound.Is(number))
            {
                WritersRecord round = await new WritersRound(options.Seed, number, images).RunAsync(stop);
                report.Add(round);
                if (round.Wrong.Count > 0 || options.Operation is not null)
                    Console.WriteLine(report.Describe(round));
                return;
            }

            OperationRecord record = await new Operation(options.Seed, number, images).RunAsync(stop);
            report.Add(record);
            if (!record.IsSound || options.Operation is not null)
                Console.WriteLine(report.Describe(record));
        });
        string text = report.Write(Stopwatch.GetElapsedTime(started));
        Console.WriteLine(text);
        if (options.Report is { } path)
            await File.WriteAllTextAsync(path, text, cancellationToken);
        return report.IsSound ? 0 : 1;
    }
}
