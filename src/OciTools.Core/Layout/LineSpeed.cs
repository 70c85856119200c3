namespace OciTools.Layout;

/// <summary>
/// Tells whether a connection is slow. Only the time counts in which nothing had arrived, so that a slow disk is not
/// taken for a slow line.
/// </summary>
/// <param name="start">How many bytes there were before the connection brought any.</param>
internal sealed class LineSpeed(long start)
{
    /// <summary>
    /// The bytes per second, 64 MiB, from which a connection is fast: more connections would share what the first one
    /// has.
    /// </summary>
    private const double Fast = 64 * 1024 * 1024;

    private const long Sample = 8 * 1024 * 1024;

    private static readonly TimeSpan s_sampleTime = TimeSpan.FromMilliseconds(500);

    private long _bytes = start;
    private TimeSpan _waited;

    /// <summary>Whether the last sample, of 8 MiB or half a second, was slow; false until it is complete.</summary>
    /// <param name="bytes">How many bytes have come so far.</param>
    /// <param name="waited">How long they were waited for.</param>
    public bool IsSlow(long bytes, TimeSpan waited)
    {
        (long count, TimeSpan time) = (bytes - _bytes, waited - _waited);
        if (count < Sample && time < s_sampleTime)
            return false;
        (_bytes, _waited) = (bytes, waited);
        return count < Fast * time.TotalSeconds;
    }
}
