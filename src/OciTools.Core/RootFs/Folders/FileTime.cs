using System.Globalization;
using System.Runtime.InteropServices;

namespace OciTools.RootFs;

/// <summary>A time as Unix has it for files.</summary>
/// <param name="Seconds">Whole seconds since 1970, towards the past.</param>
/// <param name="Nanoseconds">What is beyond them, from 0 to 999,999,999.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FileTime(nint Seconds, nint Nanoseconds)
{
    private const int NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The time that an entry was changed.</summary>
    public static FileTime From(TarEntry entry)
    {
        DateTimeOffset time = entry.ModifiedTime;
        long sinceEpoch = time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        (long seconds, long ticks) = Math.DivRem(sinceEpoch, TimeSpan.TicksPerSecond);
        if (ticks < 0)
            (seconds, ticks) = (seconds - 1, ticks + TimeSpan.TicksPerSecond);

        long nanoseconds = (ticks * TarTime.NanosecondsPerTick) + entry.ModifiedNanoseconds;
        return new FileTime((nint)Math.Clamp(seconds, nint.MinValue, nint.MaxValue), (nint)nanoseconds);
    }

    /// <summary>Seconds since 1970, with nine decimals where there are any.</summary>
    public override string ToString()
    {
        if (Nanoseconds == 0)
            return string.Create(CultureInfo.InvariantCulture, $"{Seconds}");
        return Seconds >= 0
            ? string.Create(CultureInfo.InvariantCulture, $"{Seconds}.{Nanoseconds:D9}")
            : string.Create(CultureInfo.InvariantCulture, $"-{-(Seconds + 1)}.{NanosecondsPerSecond - Nanoseconds:D9}");
    }
}
