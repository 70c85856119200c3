namespace OciTools.Benchmarks;

/// <summary>A job that is measured.</summary>
/// <param name="Name">The name on the command line and in the report.</param>
/// <param name="Source">Where the image is.</param>
/// <param name="Destination">Where it goes: always a new directory or repository.</param>
internal sealed record Scenario(string Name, Place Source, Place Destination)
{
    /// <summary>Whether OciTools runs in a new session each time, rather than in one that stays open.</summary>
    public bool IsCold { get; private init; }

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("pull", Place.Home, Place.Layout),
        new("copy", Place.Home, Place.Away),
        new("within", Place.Home, Place.Home),
        new("push", Place.Layout, Place.Away),
        new("cold", Place.Home, Place.Layout) { IsCold = true },
    ];
}
