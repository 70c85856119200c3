using System.Diagnostics;
using System.Text.Json;

namespace OciTools.Reliability.Chaos;

/// <summary>A process that does jobs one after the other, until it gets SIGKILL in the middle of one.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private Task? _killing;

    private WorkerProcess(Process process) => _process = process;

    /// <summary>How often content was removed under the hands of a save, which copied it again.</summary>
    public int Losses { get; private set; }

    public static WorkerProcess Start(params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [JobWorker.Verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return new WorkerProcess(Process.Start(start)!);
    }

    /// <param name="job">The job.</param>
    /// <param name="kill">When to kill the process, counted from the beginning of the job.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<JobEnd> RunAsync(Job job, Interruption kill, CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(job));
        await _process.StandardInput.FlushAsync(cancellationToken);
        int events = 0;
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(JobWorker.End, StringComparison.Ordinal))
                return JsonSerializer.Deserialize<JobEnd>(line[JobWorker.End.Length..])!;
            if (line == JobWorker.Loss)
                Losses++;
            if (kill.Kind == InterruptionKind.Kill && ++events == kill.AfterEvents)
                _killing = KillAsync(kill.Pause);
        }

        return _killing is null ? new JobEnd { Message = "The worker ended without a word." } : JobEnd.Stopped;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        if (_killing is not null)
            await _killing;
        _process.Dispose();
    }

    private async Task KillAsync(TimeSpan pause)
    {
        await Task.Delay(pause, CancellationToken.None);
        _process.Kill();
    }
}
