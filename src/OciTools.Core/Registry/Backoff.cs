namespace OciTools.Registry;

/// <summary>The pause before an attempt: exponential, capped, with full jitter.</summary>
internal static class Backoff
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    /// <param name="first">The pause before the first repetition, before jitter.</param>
    /// <param name="attempt">Which repetition it is, from 1.</param>
    public static TimeSpan Next(TimeSpan first, int attempt) =>
        Random.Shared.NextDouble() * TimeSpan.FromTicks(
            (long)Math.Min(first.Ticks * Math.Pow(2, attempt - 1), s_longest.Ticks));
}
