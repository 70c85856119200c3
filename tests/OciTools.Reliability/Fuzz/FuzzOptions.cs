namespace OciTools.Reliability.Fuzz;

/// <summary>What the command line of the fuzz run asks for.</summary>
internal sealed record FuzzOptions
{
    public const string Usage = """
        fuzz: gives changed inputs to everything that reads what strangers wrote. Options, with their defaults:
          --seed 1          what the changes are made from
          --seconds 60      for how long, all targets together
          --target a,b      which targets: all of them
          --replay FILE     runs a saved input again; its target is in the name of the file
          --report FILE     writes the report to a file as well
        """;

    public int Seed { get; private init; } = 1;

    public TimeSpan Duration { get; private init; }

    public IReadOnlyList<FuzzTarget> Targets { get; private init; } = FuzzTargets.All;

    public string? Replay { get; private init; }

    public string? Report { get; private init; }

    /// <exception cref="FormatException">The command line asks for something that there is not.</exception>
    public static FuzzOptions Parse(string[] arguments)
    {
        var line = new CommandLine(arguments, "--seed", "--seconds", "--target", "--replay", "--report");
        return new FuzzOptions
        {
            Seed = line.Number("--seed") ?? 1,
            Duration = TimeSpan.FromSeconds(line.Number("--seconds") ?? 60),
            Targets = line.Text("--target") is { } names
                ? [.. names.Split(',').Select(FuzzTargets.Find)]
                : FuzzTargets.All,
            Replay = line.Text("--replay"),
            Report = line.Text("--report"),
        };
    }
}
