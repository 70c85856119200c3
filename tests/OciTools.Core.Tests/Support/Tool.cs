using System.ComponentModel;
using System.Diagnostics;

namespace OciTools.Tests.Support;

/// <summary>Programs of this machine.</summary>
internal static class Tool
{
    /// <summary>The full path of a program in PATH; null when it is not there.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, OperatingSystem.IsWindows() ? $"{name}.exe" : name))
        .FirstOrDefault(File.Exists);

    /// <summary>Skips the test when a program is missing.</summary>
    public static void Require(string name) =>
        Assert.SkipUnless(Find(name) is not null, $"The program {name} is not installed.");

    /// <summary>Runs a program to its end, and returns what it wrote to its standard output.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its standard error.</exception>
    public static async Task<string> RunAsync(string name, params IEnumerable<string> arguments)
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        string path = Find(name) ?? throw new Win32Exception($"The program {name} is not installed.");
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? await output
                : throw new InvalidOperationException(
                    $"{name} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{await error}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }
}
