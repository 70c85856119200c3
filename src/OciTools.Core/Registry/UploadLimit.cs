namespace OciTools.Registry;

/// <summary>
/// The time limits of one upload request, which has none over all: it takes as long as its bytes take.
/// </summary>
internal sealed class UploadLimit(TimeSpan idleTimeout, CancellationToken cancellationToken) : IDisposable
{
    // Registries on object storage read a large blob again before they confirm it.
    private const long BytesConfirmedPerSecond = 1024 * 1024;
    private static readonly TimeSpan s_longestReading = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _source =
        CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    private readonly TimeSpan _idle = idleTimeout > TimeSpan.Zero ? idleTimeout : Timeout.InfiniteTimeSpan;

    public CancellationToken Token => _source.Token;

    /// <summary>The registry has to take some bytes.</summary>
    public void ExpectProgress() => _source.CancelAfter(_idle);

    /// <summary>The registry has to confirm a blob of a size.</summary>
    public void ExpectAnswer(long size)
    {
        if (_idle == Timeout.InfiniteTimeSpan)
            return;
        var reading = TimeSpan.FromSeconds((double)size / BytesConfirmedPerSecond);
        _source.CancelAfter(_idle + (reading < s_longestReading ? reading : s_longestReading));
    }

    /// <summary>The registry owes nothing, because the source has to deliver.</summary>
    public void Relax() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose() => _source.Dispose();
}
