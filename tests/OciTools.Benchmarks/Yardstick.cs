namespace OciTools.Benchmarks;

/// <summary>The fraction of the time of skopeo, or umoci, that OciTools may take for a job.</summary>
/// <param name="Job">The job.</param>
/// <param name="Limit">The largest fraction.</param>
internal sealed record Yardstick(Job Job, double Limit)
{
    public static IReadOnlyList<Yardstick> All { get; } =
    [
        new(new Job("pull", "big", 0), 0.40),
        new(new Job("pull", "many", 0), 0.55),
        new(new Job("pull", "multi", 0), 0.45),
        new(new Job("copy", "big", 0), 0.72),
        new(new Job("copy", "many", 0), 0.74),
        new(new Job("copy", "multi", 0), 0.64),
        new(new Job("within", "big", 0), 0.01),
        new(new Job("within", "many", 0), 0.14),
        new(new Job("within", "multi", 0), 0.21),
        new(new Job("push", "big", 0), 0.55),
        new(new Job("push", "many", 0), 0.42),
        new(new Job("push", "multi", 0), 0.45),
        new(new Job("pull", "many", 20), 0.58),
        new(new Job("pull", "multi", 20), 0.26),
        new(new Job("push", "many", 20), 0.12),
        new(new Job("push", "multi", 20), 0.09),
        new(new Job("pull", "giant", 0, Rate: 20), 0.33),
        new(new Job("export", "big", 0), 0.25),
        new(new Job("export", "many", 0), 0.28),
        new(new Job("export", "files", 0), 0.27),
        new(new Job("import", "files", 0), 0.67),
        new(new Job("unpack", "files", 0), 0.84),
    ];
}
