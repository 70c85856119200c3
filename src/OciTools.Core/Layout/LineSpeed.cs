namespace OciTools.Layout;

/// <summary>
/// Tells whether a line is slow. All that comes over it counts, for several blobs at once may fill it as well as parts
/// of one. Only the time counts in which nothing had arrived, so that a slow disk is not taken for a slow line.
/// </summary>
/// <param name="start">How many bytes had come before.</param>
internal sealed class LineSpeed(long start)
{
    /// <summary>The bytes per second, 64 MiB, from which a line is fast.</summary>
    private const double Fast = 64 * 1024 * 1024;

    private static readonly TimeSpan s_sample = TimeSpan.FromMilliseconds(500);

    private readonly long _start = start;
    private long _bytes = start;
    private TimeSpan _waited;

    /// <summary>
    /// Whether the last sample, half a second of waiting, was slow, and all samples together; false until it is
    /// complete. A computer that is busy for a moment makes no slow line.
    /// </summary>
    /// <param name="bytes">How many bytes have come so far.</param>
    /// <param name="waited">How long was waited so far.</param>
    public bool IsSlow(long bytes, TimeSpan waited)
    {
        (long count, TimeSpan time) = (bytes - _bytes, waited - _waited);
        if (time < s_sample)
            return false;
        (_bytes, _waited) = (bytes, waited);
        return count < Fast * time.TotalSeconds && bytes - _start < Fast * waited.TotalSeconds;
    }
}
