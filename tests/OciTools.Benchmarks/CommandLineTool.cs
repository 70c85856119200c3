using System.Diagnostics;
using System.Globalization;

namespace OciTools.Benchmarks;

/// <summary>A tool that is started anew for each copy; GNU time reports what it took.</summary>
/// <param name="program">The name of the program, which is looked for on PATH.</param>
/// <param name="arguments">Makes the arguments for a copy.</param>
/// <param name="places">The places that it knows.</param>
/// <param name="home">A directory for whatever the tool remembers.</param>
internal sealed class CommandLineTool(
    string program, Func<Endpoint, Endpoint, string[]> arguments, IReadOnlyList<Place> places, string home) : ITool
{
    /// <summary>GNU time, the program.</summary>
    public const string Timer = "time";

    public string Name => program;

    public bool IsInstalled => Programs.Find(program) is not null;

    public bool Does(Scenario scenario) => places.Contains(scenario.Source) && places.Contains(scenario.Destination);

    public void Forget()
    {
        if (Directory.Exists(home))
            Directory.Delete(home, recursive: true);
        Directory.CreateDirectory(home);
    }

    public async Task<Sample> CopyAsync(Endpoint source, Endpoint destination, CancellationToken cancellationToken)
    {
        string usage = home + ".usage";
        var start = new ProcessStartInfo(
            Timer, ["--quiet", "-f", "%U %S %M", "-o", usage, program, .. arguments(source, destination)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = home;
        start.Environment["XDG_DATA_HOME"] = home;
        // Otherwise skopeo, run by root, remembers blobs in /var/lib/containers whatever its home.
        start.Environment["_CONTAINERS_ROOTLESS_UID"] = "1000";

        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        TimeSpan wall = Stopwatch.GetElapsedTime(started);
        await output;
        if (process.ExitCode != 0)
            throw new ToolFailedException((await errors).Trim());

        string[] used = (await File.ReadAllTextAsync(usage, cancellationToken)).Trim().Split(' ');
        double Seconds(int index) => double.Parse(used[index], CultureInfo.InvariantCulture);
        long peak = long.Parse(used[2], CultureInfo.InvariantCulture) * 1024;
        return new Sample(wall.TotalSeconds, Seconds(0) + Seconds(1), peak);
    }
}
