namespace OciTools.Benchmarks;

/// <summary>OciTools in a new session for each copy: the time includes the start.</summary>
/// <param name="command">What starts a session.</param>
internal sealed class ColdTool(string[] command) : ITool
{
    public string Name => WorkerTool.ToolName;

    public bool Does(Scenario scenario) => true;

    public void Forget()
    {
        // It keeps nothing but what it was told to write.
    }

    public async Task<Sample> CopyAsync(Endpoint source, Endpoint destination, CancellationToken cancellationToken)
    {
        await using WorkerTool session = await WorkerTool.StartAsync(command, cancellationToken);
        Sample start = session.Startup;
        Sample copy = await session.CopyAsync(source, destination, cancellationToken);
        return new Sample(start.Wall + copy.Wall, start.Cpu + copy.Cpu, start.PeakMemory + copy.PeakMemory);
    }
}
