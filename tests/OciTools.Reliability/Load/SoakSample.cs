namespace OciTools.Reliability.Load;

/// <summary>The session after a round of jobs.</summary>
/// <param name="Seconds">Since the first round began.</param>
/// <param name="Round">The rounds so far.</param>
/// <param name="Heap">The bytes of live objects after a full collection.</param>
/// <param name="Process">What the process held.</param>
internal sealed record SoakSample(double Seconds, int Round, long Heap, ProcessSample Process);
