namespace OciTools.Reliability.Load;

/// <summary>What the command line of the load run asks for.</summary>
internal sealed record LoadOptions
{
    public const string Usage = """
        load: puts sessions of PowerShell under load, and measures them. Options, with their defaults:
          --scenario NAME   images, tags, runspaces or soak; without it all of them
          --images 2000     the most images that the scenario images moves; it runs with a quarter and half of them too
          --minutes 20      how long the scenario soak runs
          --report FILE     writes the report to a file as well
        """;

    public string? Scenario { get; private init; }

    public int Images { get; private init; }

    public TimeSpan Duration { get; private init; }

    public string? Report { get; private init; }

    /// <exception cref="FormatException">The command line asks for something that there is not.</exception>
    public static LoadOptions Parse(string[] arguments)
    {
        var line = new CommandLine(arguments, "--scenario", "--images", "--minutes", "--report");
        return new LoadOptions
        {
            Scenario = line.Text("--scenario"),
            Images = line.Number("--images") ?? 2000,
            Duration = TimeSpan.FromMinutes(line.Number("--minutes") ?? 20),
            Report = line.Text("--report"),
        };
    }
}
