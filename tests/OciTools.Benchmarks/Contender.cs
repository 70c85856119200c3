namespace OciTools.Benchmarks;

/// <summary>A tool that does one job: to a new destination, and again when nothing is left to do.</summary>
internal sealed class Contender(ITool tool, Testbed testbed, Scenario scenario, SampleImage image)
{
    private readonly List<Sample> _first = [];
    private readonly List<Sample> _again = [];
    private Traffic? _firstTraffic;
    private Traffic? _againTraffic;

    /// <summary>Why the tool dropped out; null when it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Does the job untimed: checks the outcome, counts the requests, and warms the tool.</summary>
    public Task RehearseAsync(CancellationToken cancellationToken) => TryAsync(async () =>
    {
        ProxiedRoute counting = testbed.OpenProxies(delay: 0, rate: 0);
        await using (counting)
        {
            Endpoint source = testbed.Source(scenario.Source, image, counting.Route);
            Endpoint destination = testbed.NewDestination(scenario.Destination, image, counting.Route);
            tool.Forget();
            _firstTraffic = await CountAsync(counting, source, destination, cancellationToken);
            await testbed.CheckAsync(image, destination, cancellationToken);
            if (scenario.IsRepeatable)
                _againTraffic = await CountAsync(counting, source, destination, cancellationToken);
            Testbed.Clear(destination);
        }
    });

    /// <summary>Does the job once and times it.</summary>
    public Task TimeAsync(Route route, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        Endpoint source = testbed.Source(scenario.Source, image, route);
        Endpoint destination = testbed.NewDestination(scenario.Destination, image, route);
        tool.Forget();
        _first.Add(await tool.CopyAsync(source, destination, cancellationToken));
        Testbed.Flush();
        if (scenario.IsRepeatable)
            _again.Add(await tool.CopyAsync(source, destination, cancellationToken));
        Testbed.Clear(destination);
    });

    /// <summary>
    /// The results with <paramref name="delay"/> milliseconds added to each round trip, and <paramref name="rate"/> MB
    /// per second on each connection.
    /// </summary>
    public IEnumerable<Result> Results(int delay, int rate)
    {
        if (Failure is not null)
            yield break;
        var job = new Job(scenario.Name, image.Name, delay, rate);
        yield return new Result { Job = job, Tool = tool.Name, Samples = _first, Traffic = _firstTraffic! };
        if (!scenario.IsRepeatable)
            yield break;
        yield return new Result
        {
            Job = job with { Scenario = $"{scenario.Name} again" },
            Tool = tool.Name,
            Samples = _again,
            Traffic = _againTraffic!,
        };
    }

    private async Task<Traffic> CountAsync(
        ProxiedRoute counting, Endpoint source, Endpoint destination, CancellationToken cancellationToken)
    {
        long requests = await testbed.CountRequestsAsync(cancellationToken);
        int connections = counting.ConnectionCount;
        await tool.CopyAsync(source, destination, cancellationToken);
        return new Traffic(
            await testbed.CountRequestsAsync(cancellationToken) - requests, counting.ConnectionCount - connections);
    }

    private async Task TryAsync(Func<Task> work)
    {
        if (Failure is not null)
            return;
        try
        {
            await work();
        }
        catch (ToolFailedException failure)
        {
            Failure = $"{tool.Name}, {scenario.Name} {image.Name}: {failure.Message}";
        }
    }
}
