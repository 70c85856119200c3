using System.Diagnostics;
using System.Text.Json;

namespace OciTools.Reliability.Chaos;

/// <summary>Runs jobs in a process of their own, which gets SIGKILL in the middle.</summary>
internal static class WorkerProcess
{
    /// <param name="job">The job.</param>
    /// <param name="kill">When to kill it.</param>
    /// <param name="cancellationToken">Kills it too.</param>
    public static async Task<JobEnd> RunAsync(Job job, Interruption kill, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [JobWorker.Verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Task? killing = null;
        int events = 0;
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line == JobWorker.Ready)
                    await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(job));
                else if (line == JobWorker.Event && ++events == kill.AfterEvents)
                    killing = KillAsync();
                else if (line.StartsWith(JobWorker.Done, StringComparison.Ordinal))
                    return JobEnd.Of(Digest.Parse(line[JobWorker.Done.Length..]));
                else if (line.StartsWith(JobWorker.Failed, StringComparison.Ordinal))
                    return JsonSerializer.Deserialize<JobEnd>(line[JobWorker.Failed.Length..])!;
            }

            return killing is null ? new JobEnd { Message = "The worker ended without a word." } : JobEnd.Stopped;
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            if (killing is not null)
                await killing;
        }

        async Task KillAsync()
        {
            await Task.Delay(kill.Pause, CancellationToken.None);
            process.Kill();
        }
    }
}
