namespace OciTools.Reliability.Chaos;

/// <summary>What the command line of the chaos run asks for.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = """
        chaos: drives every kind of transfer through faults, and checks what comes of it. Options, with their defaults:
          --seed 1          what the faults are made from
          --duration 60     for how many seconds operations are begun
          --operation N     runs only this operation, again
          --lanes 3         how many operations run at once
          --report FILE     writes the report to a file as well
        """;

    public int Seed { get; private init; } = 1;

    public TimeSpan Duration { get; private init; }

    public int? Operation { get; private init; }

    public int Lanes { get; private init; }

    public string? Report { get; private init; }

    /// <exception cref="FormatException">The command line asks for something that there is not.</exception>
    public static ChaosOptions Parse(string[] arguments)
    {
        var line = new CommandLine(arguments, "--seed", "--duration", "--operation", "--lanes", "--report");
        return new ChaosOptions
        {
            Seed = line.Number("--seed") ?? 1,
            Duration = TimeSpan.FromSeconds(line.Number("--duration") ?? 60),
            Operation = line.Number("--operation"),
            Lanes = line.Number("--lanes") ?? 3,
            Report = line.Text("--report"),
        };
    }
}
