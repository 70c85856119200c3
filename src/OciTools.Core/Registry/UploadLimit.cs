namespace OciTools.Registry;

/// <summary>
/// The time limits of one upload request, which has none over all: it takes as long as its bytes take.
/// </summary>
internal sealed class UploadLimit(TimeSpan idleTimeout, CancellationToken cancellationToken) : IDisposable
{
    // Registries on object storage read a large blob again before they confirm it.
    private static readonly TimeSpan s_leastTimeToConfirm = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _source =
        CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

    private readonly TimeSpan _idle = idleTimeout > TimeSpan.Zero ? idleTimeout : Timeout.InfiniteTimeSpan;

    public CancellationToken Token => _source.Token;

    /// <summary>The registry has to take some bytes.</summary>
    public void ExpectProgress() => _source.CancelAfter(_idle);

    /// <summary>The registry has to confirm the whole.</summary>
    public void ExpectAnswer()
    {
        bool isUnlimited = _idle == Timeout.InfiniteTimeSpan;
        _source.CancelAfter(isUnlimited || _idle > s_leastTimeToConfirm ? _idle : s_leastTimeToConfirm);
    }

    /// <summary>The registry owes nothing, because the source has to deliver.</summary>
    public void Relax() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    public void Dispose() => _source.Dispose();
}
