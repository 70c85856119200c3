using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace OciTools.RootFs;

/// <summary>Runs git in one folder.</summary>
internal sealed class GitProgram
{
    private const int MaximumErrorLength = 4096;

    private readonly string _program;
    private readonly string _folder;

    private GitProgram(string program, string folder)
    {
        _program = program;
        _folder = folder;
    }

    /// <summary>Finds git.</summary>
    /// <param name="folder">The repository, which need not be there yet.</param>
    /// <exception cref="OciException"><see cref="OciErrorCode.NotSupported"/>: it is not installed.</exception>
    public static GitProgram Find(string folder)
    {
        string name = OperatingSystem.IsWindows() ? "git.exe" : "git";

        // Only full paths count: nothing is run out of a folder that happens to be the current one.
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
        return new GitProgram(
            program ?? throw new OciException(
                OciErrorCode.NotSupported, "git is not installed. Install git, so that it is found in PATH.", name),
            folder);
    }

    /// <summary>Runs git to its end.</summary>
    /// <returns>Whether it succeeded, and what it said to its standard error.</returns>
    public async Task<(bool IsDone, string Error)> RunAsync(
        CancellationToken cancellationToken, params string[] arguments)
    {
        using Process process = Start(arguments);
        process.StandardInput.Close();
        Task<string> error = ReadErrorAsync(process);
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, cancellationToken).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return (process.ExitCode == 0, await error.ConfigureAwait(false));
    }

    /// <summary>Starts git with its standard streams connected.</summary>
    public Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(_program, arguments)
        {
            WorkingDirectory = Directory.Exists(_folder) ? _folder : Path.GetDirectoryName(_folder) ?? _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(IsAboutRepository).ToArray())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";

        // A repository that the folder happens to lie in is not the one that was named.
        start.Environment["GIT_CEILING_DIRECTORIES"] = Path.GetDirectoryName(_folder);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new OciException(
                OciErrorCode.NotSupported,
                $"'{_program}' cannot be run: {DisplayText.Sanitize(exception.Message)}. Install git again.",
                _program,
                exception);
        }
    }

    /// <summary>
    /// Reads what a process says to its standard error: all of it, so that it is not held up, and keeps the start.
    /// </summary>
    public static async Task<string> ReadErrorAsync(Process process)
    {
        var text = new StringBuilder();
        char[] buffer = new char[1024];
        int read;
        while ((read = await process.StandardError.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            text.Append(buffer, 0, Math.Min(read, MaximumErrorLength - text.Length));
        return DisplayText.Sanitize(text.ToString().Trim().ReplaceLineEndings(" "));
    }

    /// <summary>What a hook or an alias leaves behind must not lead to another repository.</summary>
    private static bool IsAboutRepository(string name) =>
        name.StartsWith("GIT_", StringComparison.OrdinalIgnoreCase)
        && !name.StartsWith("GIT_CONFIG", StringComparison.OrdinalIgnoreCase)
        && !name.StartsWith("GIT_EXEC", StringComparison.OrdinalIgnoreCase);
}
