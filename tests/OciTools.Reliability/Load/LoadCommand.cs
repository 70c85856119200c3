namespace OciTools.Reliability.Load;

/// <summary>Runs the scenarios one after the other, and reports.</summary>
internal static class LoadCommand
{
    public const string Verb = "load";

    private static readonly (string Name, Func<LoadOptions, LoadReport, CancellationToken, Task> RunAsync)[]
        s_scenarios =
        [
            ("images", ImagesScenario.RunAsync),
            ("tags", TagsScenario.RunAsync),
            ("runspaces", RunspacesScenario.RunAsync),
            ("soak", SoakScenario.RunAsync),
        ];

    public static async Task<int> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        var options = LoadOptions.Parse(arguments);
        if (options.Scenario is { } name && !s_scenarios.Any(scenario => scenario.Name == name))
            throw new FormatException($"There is no scenario {name}.");

        var report = new LoadReport();
        foreach (var scenario in s_scenarios.Where(each => options.Scenario is null || each.Name == options.Scenario))
            await scenario.RunAsync(options, report, cancellationToken);

        if (options.Report is { } path)
            await File.WriteAllTextAsync(path, report.ToString(), cancellationToken);
        return report.IsSound ? 0 : 1;
    }
}
