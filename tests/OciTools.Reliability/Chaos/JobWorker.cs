using System.Text.Json;

namespace OciTools.Reliability.Chaos;

/// <summary>
/// A process that does one job and may be killed. It reads the job as a line of JSON, writes a line for each event, and
/// ends with a line that says what became of it.
/// </summary>
internal static class JobWorker
{
    /// <summary>The argument that makes this program a worker.</summary>
    public const string Verb = "worker";

    public const string Ready = "ready";
    public const string Event = "event";
    public const string Done = "done ";
    public const string Failed = "failed ";

    public static async Task<int> RunAsync()
    {
        Console.WriteLine(Ready);
        if (await Console.In.ReadLineAsync() is not { } line)
            return 0;
        Job job = JsonSerializer.Deserialize<Job>(line)!;
        try
        {
            Digest digest = await job.RunAsync(new EventCount(_ => Console.WriteLine(Event)), CancellationToken.None);
            Console.WriteLine(Done + digest);
        }
        catch (Exception failure)
        {
            Console.WriteLine(Failed + JsonSerializer.Serialize(JobEnd.Of(failure)));
        }

        return 0;
    }
}
