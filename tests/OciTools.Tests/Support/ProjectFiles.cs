namespace OciTools.Tests;

/// <summary>The files of the project that the tests read.</summary>
internal static class ProjectFiles
{
    public static string Root { get; } = FindRoot();

    public static string Read(params string[] path) => File.ReadAllText(At(path));

    public static string At(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>The C# sources of the product, by their paths from the root, with slashes.</summary>
    public static IReadOnlyDictionary<string, string> Sources { get; } = Directory
        .EnumerateFiles(At("src"), "*.cs", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        .Where(path => !path.Contains("/obj/", StringComparison.Ordinal))
        .ToDictionary(path => path, path => Read(path));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "OciTools.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests do not run inside the project.");
    }
}
