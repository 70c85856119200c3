namespace OciTools.Benchmarks;

/// <summary>Finds programs on PATH.</summary>
internal static class Programs
{
    /// <summary>The full path of a program, or null when it is not installed.</summary>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(File.Exists);
}
