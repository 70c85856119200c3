using System.Diagnostics;
using System.Globalization;

namespace OciTools.Benchmarks;

/// <summary>OciTools in a session that stays open: PowerShell with the module, or a caller of the core.</summary>
internal sealed class WorkerTool : ITool, IAsyncDisposable
{
    public const string ToolName = "ocitools";

    private readonly Process _process;

    private WorkerTool(Process process) => _process = process;

    public string Name => ToolName;

    /// <summary>What it took to start the session; its memory is that of the idle session.</summary>
    public Sample Startup { get; private set; } = new(0, 0, 0);

    /// <summary>Starts a session and waits until the module is loaded.</summary>
    public static async Task<WorkerTool> StartAsync(string[] command, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        var tool = new WorkerTool(Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
        try
        {
            double cpu = await tool.ReadCpuAsync(cancellationToken);
            TimeSpan wall = Stopwatch.GetElapsedTime(started);
            tool.Startup = new Sample(wall.TotalSeconds, cpu, tool.ReadMemory("VmRSS:"));
            return tool;
        }
        catch
        {
            await tool.DisposeAsync();
            throw;
        }
    }

    public bool Does(Scenario scenario) => true;

    public void Forget()
    {
        // It keeps nothing but what it was told to write.
    }

    public async Task<Sample> CopyAsync(Endpoint source, Endpoint destination, CancellationToken cancellationToken)
    {
        // Sets the peak back to what is resident now (proc(5)).
        await File.WriteAllTextAsync($"/proc/{_process.Id}/clear_refs", "5", cancellationToken);

        long started = Stopwatch.GetTimestamp();
        await _process.StandardInput.WriteLineAsync($"{source}{WorkerProtocol.Separator}{destination}");
        double cpu = await ReadCpuAsync(cancellationToken);
        TimeSpan wall = Stopwatch.GetElapsedTime(started);
        return new Sample(wall.TotalSeconds, cpu, Math.Max(0, ReadMemory("VmHWM:") - Startup.PeakMemory));
    }

    public async ValueTask DisposeAsync()
    {
        // The end of its input is its end, unless it is busy.
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    /// <summary>Reads the next answer: the seconds of processor time, or a failure.</summary>
    private async Task<double> ReadCpuAsync(CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            switch (line.Split(WorkerProtocol.Separator, 2))
            {
                case [WorkerProtocol.Ready or WorkerProtocol.Done, string milliseconds]:
                    return double.Parse(milliseconds, CultureInfo.InvariantCulture) / 1000;
                case [WorkerProtocol.Failed, string message]:
                    throw new ToolFailedException(message);
                default:
                    continue;
            }
        }

        throw new ToolFailedException("The session ended.");
    }

    private long ReadMemory(string field)
    {
        string line = File.ReadLines($"/proc/{_process.Id}/status")
            .First(text => text.StartsWith(field, StringComparison.Ordinal));
        string kibibytes = line[field.Length..].Replace("kB", "", StringComparison.Ordinal);
        return 1024 * long.Parse(kibibytes, CultureInfo.InvariantCulture);
    }
}
