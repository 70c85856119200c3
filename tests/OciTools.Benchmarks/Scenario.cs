namespace OciTools.Benchmarks;

/// <summary>A job that is measured.</summary>
/// <param name="Name">The name on the command line and in the report.</param>
/// <param name="Source">Where the image is.</param>
/// <param name="Destination">Where it goes: always to something new.</param>
internal sealed record Scenario(string Name, Place Source, Place Destination)
{
    /// <summary>Whether OciTools runs in a new session each time, rather than in one that stays open.</summary>
    public bool IsCold { get; private init; }

    /// <summary>Whether it can be done again to the same place, where nothing is left to do.</summary>
    public bool IsRepeatable => Destination is Place.Layout or Place.Home or Place.Away;

    /// <summary>Those that are measured unless others are asked for: images on their way.</summary>
    public static IReadOnlyList<Scenario> Usual { get; } =
    [
        new("pull", Place.Home, Place.Layout),
        new("copy", Place.Home, Place.Away),
        new("within", Place.Home, Place.Home),
        new("push", Place.Layout, Place.Away),
        new("cold", Place.Home, Place.Layout) { IsCold = true },
    ];

    /// <summary>All, with those that write or read files.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. Usual,
        new("export", Place.Layout, Place.Archive),
        new("import", Place.Archive, Place.Layout),
        new("unpack", Place.Layout, Place.Directory),
        new("flatten", Place.Layout, Place.Tar),
        new("history", Place.Layout, Place.Git),
    ];
}
