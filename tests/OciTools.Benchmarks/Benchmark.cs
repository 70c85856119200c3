namespace OciTools.Benchmarks;

/// <summary>Measures all tools, in turn, by all jobs.</summary>
internal sealed class Benchmark(BenchmarkOptions options)
{
    private readonly List<Result> _results = [];
    private readonly List<string> _failures = [];

    public async Task<Report> RunAsync(CancellationToken cancellationToken)
    {
        string work = Directory.CreateDirectory(
            Path.Combine(options.Work, $"ocitools-benchmark-{Environment.ProcessId}")).FullName;
        try
        {
            return await RunAsync(work, cancellationToken);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private async Task<Report> RunAsync(string work, CancellationToken cancellationToken)
    {
        string[] needed = [PeerTools.Reference, RegistryProcess.Program, CommandLineTool.Timer];
        if (needed.FirstOrDefault(program => Programs.Find(program) is null) is { } missing)
            throw new ToolFailedException($"{missing} is not installed.");
        IReadOnlyList<CommandLineTool> peers =
            [.. PeerTools.All(Path.Combine(work, "homes")).Where(peer => peer.IsInstalled)];
        CommandLineTool reference = peers.First(peer => peer.Name == PeerTools.Reference);
        await using Testbed testbed = await Testbed.StartAsync(work, cancellationToken);
        IReadOnlyList<SampleImage> images = [.. options.Images.Select(image => image.Scale(options.Scale))];
        foreach (SampleImage image in images)
        {
            Log($"Making {image.Name}");
            bool isArchived = options.Scenarios.Any(scenario => scenario.Source == Place.Archive);
            await testbed.AddAsync(image, options.Seed, reference, isArchived, cancellationToken);
        }

        string[]? command = options.Includes(WorkerTool.ToolName) ? SessionCommand.For(options) : null;
        await using WorkerTool? session =
            command is null ? null : await WorkerTool.StartAsync(command, cancellationToken);
        IReadOnlyList<ITool> rivals = [.. peers.Where(peer => options.Includes(peer.Name))];
        ITool[] warm = session is null ? [.. rivals] : [session, .. rivals];
        ITool[] cold = command is null ? [.. rivals] : [new ColdTool(command), .. rivals];
        foreach (int delay in options.Delays)
        {
            await using ProxiedRoute? proxies =
                delay > 0 || options.Rate > 0 ? testbed.OpenProxies(delay, options.Rate) : null;
            foreach ((Scenario scenario, SampleImage image) in
                from scenario in options.Scenarios
                where !scenario.IsCold || proxies is null
                from image in images
                select (scenario, image))
            {
                Log($"{scenario.Name} {image.Name}, {delay} ms");
                IEnumerable<ITool> tools = (scenario.IsCold ? cold : warm).Where(tool => tool.Does(scenario));
                await MeasureAsync(
                    [.. tools.Select(tool => new Contender(tool, testbed, scenario, image))],
                    proxies?.Route ?? testbed.Direct, delay, cancellationToken);
            }
        }

        return new Report(_results, _failures, session?.Startup);
    }

    private async Task MeasureAsync(
        Contender[] contenders, Route route, int delay, CancellationToken cancellationToken)
    {
        foreach (Contender contender in contenders)
            await contender.RehearseAsync(cancellationToken);
        for (int run = 0; run < options.Runs; run++)
        {
            foreach (Contender contender in contenders)
                await contender.TimeAsync(route, cancellationToken);
        }

        _results.AddRange(contenders.SelectMany(contender => contender.Results(delay, options.Rate)));
        _failures.AddRange(contenders.Select(contender => contender.Failure).OfType<string>());
    }

    private static void Log(string message) => Console.Error.WriteLine(message);
}
