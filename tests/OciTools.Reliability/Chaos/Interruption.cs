namespace OciTools.Reliability.Chaos;

/// <summary>When a job is stopped.</summary>
/// <param name="Kind">How it is stopped.</param>
/// <param name="AfterEvents">After how many of its events.</param>
/// <param name="Pause">How long after that.</param>
internal sealed record Interruption(InterruptionKind Kind, int AfterEvents, TimeSpan Pause)
{
    public static Interruption None { get; } = new(InterruptionKind.None, 0, TimeSpan.Zero);
}
