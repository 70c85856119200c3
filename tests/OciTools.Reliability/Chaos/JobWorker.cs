using System.Text.Json;

namespace OciTools.Reliability.Chaos;

/// <summary>
/// A process that does jobs and may be killed. It reads each job as a line of JSON, and writes a line for each event
/// and one that says how the job ended.
/// </summary>
internal static class JobWorker
{
    /// <summary>The argument that makes this program a worker.</summary>
    public const string Verb = "worker";

    public const string Event = "event";

    /// <summary>The event that content was removed under the hands of a save.</summary>
    public const string Loss = "event: loss";

    public const string End = "end ";

    public static async Task<int> RunAsync()
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            Job job = JsonSerializer.Deserialize<Job>(line)!;
            JobEnd end;
            try
            {
                end = await job.RunAsync(new EventCount(Tell), CancellationToken.None);
            }
            catch (Exception failure)
            {
                end = JobEnd.Of(failure);
            }

            Console.WriteLine(End + JsonSerializer.Serialize(end));
        }

        return 0;

        static void Tell(TransferEvent heard, int count)
        {
            bool isLoss = heard is { Kind: TransferEventKind.Retried, Message: { } message }
                && message.StartsWith("Content was removed", StringComparison.Ordinal);
            Console.WriteLine(isLoss ? Loss : Event);
        }
    }
}
