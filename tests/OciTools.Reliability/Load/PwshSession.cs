using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace OciTools.Reliability.Load;

/// <summary>A session of PowerShell with the module, in a process of its own.</summary>
internal sealed class PwshSession : IAsyncDisposable
{
    private const string Done = "done\t";
    private const string HeapAfterCollection =
        "[GC]::Collect(); [GC]::WaitForPendingFinalizers(); [GC]::GetTotalMemory($true)";

    private readonly Process _process;

    private PwshSession(Process process) => _process = process;

    public static PwshSession Start()
    {
        var start = new ProcessStartInfo("pwsh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        string[] arguments =
            ["-NoProfile", "-NoLogo", "-NonInteractive", "-File", ScriptPath("session.ps1"), "-Module", StagedModule];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return new PwshSession(Process.Start(start)!);
    }

    /// <summary>The path of a script of this folder.</summary>
    public static string ScriptPath(string name) => Path.Combine(AppContext.BaseDirectory, "Load", name);

    public ProcessSample Sample() => ProcessSample.Of(_process.Id);

    /// <summary>Runs a line of PowerShell.</summary>
    /// <param name="line">The line.</param>
    /// <param name="cancellationToken">Stops waiting for its end.</param>
    /// <param name="hear">Hears what the line writes to the console before it ends.</param>
    /// <returns>The text of what it puts out.</returns>
    public async Task<string> RunAsync(
        string line, CancellationToken cancellationToken, Action<string>? hear = null)
    {
        await _process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } answer)
        {
            if (answer.StartsWith(Done, StringComparison.Ordinal))
                return answer[Done.Length..];
            if (hear is null || answer.StartsWith("failed", StringComparison.Ordinal))
                throw new InvalidOperationException($"{line}: {answer}");
            hear(answer);
        }

        throw new InvalidOperationException($"The session ended in the middle of: {line}");
    }

    /// <summary>Runs a line and measures the process meanwhile.</summary>
    public async Task<Measurement> MeasureAsync(string line, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        Task<string> run = RunAsync(line, cancellationToken);
        var samples = new List<ProcessSample>();
        do
        {
            samples.Add(Sample());
            await Task.WhenAny(run, Task.Delay(Measurement.Pace, cancellationToken));
        }
        while (!run.IsCompleted);

        string output = await run;
        samples.Add(Sample());
        TimeSpan duration = Stopwatch.GetElapsedTime(started);
        long heap = long.Parse(
            await RunAsync(HeapAfterCollection, cancellationToken), CultureInfo.InvariantCulture);
        return new Measurement(output, duration, samples, heap);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>The module that was built with this program.</summary>
    private static string StagedModule => typeof(PwshSession).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(metadata => metadata.Key == "Module").Value!;
}
