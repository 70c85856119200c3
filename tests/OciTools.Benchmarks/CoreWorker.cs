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
        var session = new OciSession(new HttpClientSource());
        Say(WorkerProtocol.Ready, Milliseconds(Environment.CpuUsage.TotalTime));
        while (await Console.In.ReadLineAsync() is { } line)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            string[] ends = line.Split(WorkerProtocol.Separator);
            try
            {
                await DoAsync(session, ends[0], ends[1]);
                Say(WorkerProtocol.Done, Milliseconds(Environment.CpuUsage.TotalTime - before));
            }
            catch (OciException failure)
            {
                Say(WorkerProtocol.Failed, failure.Message.ReplaceLineEndings(" "));
            }
        }
    }

    private static Task DoAsync(OciSession session, string source, string destination)
    {
        (string? place, string path) = TakePlace(destination);
        if (TakePlace(source) is (nameof(Place.Archive), string archive))
        {
            return new ImportArchiveOperation(session).RunAsync(
                new ImportArchiveRequest { Path = archive, Destination = ImageReference.Parse(destination) });
        }

        ImageReference image = ImageReference.Parse(source);
        return place switch
        {
            nameof(Place.Archive) => new ExportArchiveOperation(session).RunAsync(
                new ExportArchiveRequest { Images = [new ArchiveImage(image)], Path = path }),
            null => new CopyImageOperation(session).RunAsync(
                new CopyImageRequest { Source = image, Destination = ImageReference.Parse(destination) }),
            _ => new ExpandImageOperation(session).RunAsync(new ExpandImageRequest
            {
                Reference = image,
                Destination = path,
                Form = Enum.Parse<ExpandForm>(place),
            }),
        };
    }

    /// <summary>Takes apart what is no reference, but a place and a path.</summary>
    private static (string? Place, string Path) TakePlace(string end)
    {
        string[] parts = end.Split(':', 2);
        return Enum.TryParse<Place>(parts[0], out _) ? (parts[0], parts[1]) : (null, end);
    }

    private static void Say(string word, string text) => Console.WriteLine($"{word}{WorkerProtocol.Separator}{text}");

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture);
}
