namespace OciTools.Benchmarks;

/// <summary>What a tool took for a job.</summary>
internal sealed record Result
{
    public required Job Job { get; init; }

    public required string Tool { get; init; }

    /// <summary>The timed runs; at least one.</summary>
    public required IReadOnlyList<Sample> Samples { get; init; }

    /// <summary>What an untimed run asked of the registries.</summary>
    public required Traffic Traffic { get; init; }

    /// <summary>The median, in seconds.</summary>
    public double Wall => Median(sample => sample.Wall);

    public double FastestWall => Samples.Min(sample => sample.Wall);

    public double SlowestWall => Samples.Max(sample => sample.Wall);

    /// <summary>The median, in seconds.</summary>
    public double Cpu => Median(sample => sample.Cpu);

    public long PeakMemory => Samples.Max(sample => sample.PeakMemory);

    private double Median(Func<Sample, double> value)
    {
        double[] sorted = [.. Samples.Select(value).Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
