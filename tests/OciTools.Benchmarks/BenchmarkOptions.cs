using System.Globalization;

namespace OciTools.Benchmarks;

/// <summary>What the command line asks for.</summary>
internal sealed record BenchmarkOptions
{
    public const string Usage = """
        Options, with their defaults:
          --image big,many,multi              which images; there are giant, of one layer, and files, of 41,000 files
          --scenario pull,copy,within,push,cold
                                              which jobs: into a layout, to another registry, within a registry,
                                              from a layout, and into a layout by a session that starts for it;
                                              there are export and import (an archive from and to a layout), and
                                              unpack, flatten and history (a layout to a directory, tar or git)
          --tool ocitools,skopeo,umoci,crane,regctl,oras
                                              which tools; those that are not installed are left out
          --delay 0,20                        milliseconds to add to each round trip
          --rate 0                            MB per second that each connection carries; 0 for no limit
          --runs 5                            timed runs of each
          --scale 1                           factor to the size of the layers, such as 0.1 for a quick look
          --seed 1                            what the content is made from
          --runner pwsh                       how OciTools runs: pwsh, in a PowerShell session where that is
                                              installed, or core, without it
          --module PATH                       the module to load: the one that was built with this program
          --work PATH                         where to put images: the directory for temporary files
          --report FILE                       writes the tables (.md) or all samples (.json) to a file as well
        """;

    public IReadOnlyList<SampleImage> Images { get; private init; } = SampleImage.Usual;

    public IReadOnlyList<Scenario> Scenarios { get; private init; } = Scenario.Usual;

    /// <summary>The names of the tools; empty for all.</summary>
    public IReadOnlyList<string> Tools { get; private init; } = [];

    public IReadOnlyList<int> Delays { get; private init; } = [0, 20];

    public int Rate { get; private init; }

    public int Runs { get; private init; } = 5;

    public double Scale { get; private init; } = 1;

    public int Seed { get; private init; } = 1;

    /// <summary>Whether to call the core rather than the cmdlets.</summary>
    public bool UsesCore { get; private init; } = Programs.Find("pwsh") is null;

    /// <summary>The module's manifest; null for the one that was built last.</summary>
    public string? Module { get; private init; }

    public string Work { get; private init; } = Path.GetTempPath();

    public string? Report { get; private init; }

    /// <exception cref="FormatException">The command line asks for something that there is not.</exception>
    public static BenchmarkOptions Parse(string[] arguments)
    {
        var options = new BenchmarkOptions();
        foreach (string[] pair in arguments.Chunk(2))
        {
            if (pair is not [string name, string value])
                throw new FormatException($"{pair[0]} needs a value.");
            options = options.With(name, value);
        }

        return options;
    }

    public bool Includes(string tool) => Tools.Count == 0 || Tools.Contains(tool);

    private BenchmarkOptions With(string name, string value) => name switch
    {
        "--image" => this with { Images = Choose(value, SampleImage.All, image => image.Name) },
        "--scenario" => this with { Scenarios = Choose(value, Scenario.All, scenario => scenario.Name) },
        "--tool" => this with { Tools = value.Split(',') },
        "--delay" => this with { Delays = [.. value.Split(',').Select(Integer)] },
        "--rate" => this with { Rate = Integer(value) },
        "--runs" => this with { Runs = Math.Max(1, Integer(value)) },
        "--scale" => this with { Scale = double.Parse(value, CultureInfo.InvariantCulture) },
        "--seed" => this with { Seed = Integer(value) },
        "--runner" when value is "core" or "pwsh" => this with { UsesCore = value == "core" },
        "--module" => this with { Module = Path.GetFullPath(value) },
        "--work" => this with { Work = Path.GetFullPath(value) },
        "--report" => this with { Report = value },
        _ => throw new FormatException($"There is no {name} {value}."),
    };

    private static List<T> Choose<T>(string names, IReadOnlyList<T> all, Func<T, string> nameOf) =>
        [.. names.Split(',').Select(name => all.FirstOrDefault(item => nameOf(item) == name)
            ?? throw new FormatException($"There is no {name}; there are {string.Join(", ", all.Select(nameOf))}."))];

    private static int Integer(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
