namespace OciTools.Benchmarks;

/// <summary>What one run took.</summary>
/// <param name="Wall">Seconds on the clock.</param>
/// <param name="Cpu">Seconds of processor time, user and system.</param>
/// <param name="PeakMemory">Bytes of resident memory at the peak; of a session, above what it takes when idle.</param>
internal sealed record Sample(double Wall, double Cpu, long PeakMemory);
