using OciTools.Registry;

namespace OciTools.Http;

/// <summary>
/// Holds back the requests to a host after it has refused one because it is asked too much. One refusal begins a pause;
/// those of requests that were under way already belong to it.
/// </summary>
internal sealed class HostGate(TimeProvider time)
{
    // A host that refuses for good would otherwise keep each command that asks it several things for ever longer.
    private const int MostDoublings = 5;

    private readonly Lock _lock = new();
    private DateTimeOffset _opensAt = DateTimeOffset.MinValue;
    private int _pauses;
    private int _pausesInVain;

    /// <summary>Waits until the gate is open.</summary>
    /// <returns>How many pauses the host has had, to be handed back with the outcome.</returns>
    public async ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan rest;
            lock (_lock)
            {
                rest = _opensAt - time.GetUtcNow();
                if (rest <= TimeSpan.Zero)
                    return _pauses;
            }

            // Timers cut off parts of a millisecond, and would end too early again and again.
            var whole = TimeSpan.FromMilliseconds(Math.Ceiling(rest.TotalMilliseconds));
            await Task.Delay(whole, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The host has refused a request.</summary>
    /// <param name="pauses">What the wait before the request returned.</param>
    /// <param name="asked">How long the host wants to be left alone; null when it does not say.</param>
    /// <param name="interval">
    /// The first pause when the host does not say; it doubles while pauses are in vain, five times.
    /// </param>
    /// <param name="refusals">How often this request has been refused before.</param>
    /// <returns>The pause that this begins; null when it falls into one that was begun already.</returns>
    public TimeSpan? Refuse(int pauses, TimeSpan? asked, TimeSpan interval, int refusals)
    {
        lock (_lock)
        {
            bool isNew = pauses == _pauses;
            if (!isNew && asked is null)
                return null;

            int doublings = Math.Min(MostDoublings, Math.Max(refusals, _pausesInVain));
            TimeSpan pause = asked ?? Backoff.Next(interval, 1 + doublings);
            DateTimeOffset opensAt = time.GetUtcNow() + pause;
            if (opensAt > _opensAt)
                _opensAt = opensAt;
            if (!isNew)
                return null;

            _pauses++;
            _pausesInVain++;
            return pause;
        }
    }

    /// <summary>The host has answered a request.</summary>
    /// <param name="pauses">What the wait before the request returned.</param>
    public void Accept(int pauses)
    {
        lock (_lock)
        {
            if (pauses == _pauses)
                _pausesInVain = 0;
        }
    }
}
