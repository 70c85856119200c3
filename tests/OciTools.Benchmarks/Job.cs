namespace OciTools.Benchmarks;

/// <summary>What several tools are compared by.</summary>
/// <param name="Scenario">The name of the scenario.</param>
/// <param name="Image">The name of the image.</param>
/// <param name="Delay">The milliseconds that are added to each round trip.</param>
/// <param name="Rate">The MB per second that each connection carries; 0 for no limit.</param>
internal sealed record Job(string Scenario, string Image, int Delay, int Rate = 0);
