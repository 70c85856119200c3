namespace OciTools.Reliability.Load;

/// <summary>What one line of PowerShell took.</summary>
/// <param name="Output">What it put out.</param>
/// <param name="Duration">How long it ran.</param>
/// <param name="Samples">The process meanwhile, every <see cref="Pace"/>.</param>
/// <param name="Heap">The bytes of live objects afterwards.</param>
internal sealed record Measurement(
    string Output, TimeSpan Duration, IReadOnlyList<ProcessSample> Samples, long Heap)
{
    private const double MiB = 1024 * 1024;

    public static TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(200);

    public double HeapMiB => Heap / MiB;

    /// <summary>The memory of the process in the first quarter of the time, on average.</summary>
    public double FirstQuarterMiB => Average(Samples.Take(Quarter));

    /// <summary>The memory of the process in the last quarter of the time, on average.</summary>
    public double LastQuarterMiB => Average(Samples.TakeLast(Quarter));

    public int MostHandles => Samples.Max(sample => sample.Handles);

    /// <summary>The processor time that it took.</summary>
    public TimeSpan Processor => Samples[^1].Processor - Samples[0].Processor;

    public int MostThreads => Samples.Max(sample => sample.Threads);

    private int Quarter => Math.Max(1, Samples.Count / 4);

    private static double Average(IEnumerable<ProcessSample> samples) =>
        samples.Average(sample => sample.ResidentBytes) / MiB;
}
