namespace OciTools.RootFs;

/// <summary>Times of tar archives as times of .NET.</summary>
internal static class TarTime
{
    /// <summary>How many nanoseconds are one tick.</summary>
    public const int NanosecondsPerTick = 100;

    private static readonly long s_firstSecond = DateTimeOffset.MinValue.ToUnixTimeSeconds();
    private static readonly long s_lastSecond = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>The time of some seconds since 1970; beyond the years 1 to 9999, the nearest that there is.</summary>
    public static DateTimeOffset From(long seconds, long nanoseconds = 0)
    {
        if (seconds <= s_firstSecond)
            return DateTimeOffset.MinValue;
        if (seconds >= s_lastSecond)
            return DateTimeOffset.MaxValue;

        // Towards the past, as whole seconds of negative times are.
        long ticks = (long)Math.Floor((double)nanoseconds / NanosecondsPerTick);
        return DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(ticks);
    }
}
