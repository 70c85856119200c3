using System.Globalization;
using OciTools.Http;
using OciTools.Operations;

namespace OciTools.Benchmarks;

/// <summary>The worker that calls the core, where there is no PowerShell session.</summary>
internal static class CoreWorker
{
    /// <summary>The argument that makes this program a worker.</summary>
    public const string Argument = "worker";

    public static async Task RunAsync()
    {
        var operation = new CopyImageOperation(new OciSession(new HttpClientSource()));
        Say(WorkerProtocol.Ready, Milliseconds(Environment.CpuUsage.TotalTime));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            string[] ends = line.Split(WorkerProtocol.Separator);
            try
            {
                await operation.RunAsync(new CopyImageRequest
                {
                    Source = ImageReference.Parse(ends[0]),
                    Destination = ImageReference.Parse(ends[1]),
                });
                Say(WorkerProtocol.Done, Milliseconds(Environment.CpuUsage.TotalTime - before));
            }
            catch (OciException failure)
            {
                Say(WorkerProtocol.Failed, failure.Message.ReplaceLineEndings(" "));
            }
        }
    }

    private static void Say(string word, string text) => Console.WriteLine($"{word}{WorkerProtocol.Separator}{text}");

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
}
