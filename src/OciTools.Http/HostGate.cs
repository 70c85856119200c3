namespace OciTools.Http;

/// <summary>Holds back the requests to a host while the host has asked for a pause.</summary>
internal sealed class HostGate(TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _opensAt = DateTimeOffset.MinValue;

    /// <summary>Closes the gate for a time; a pause that lasts longer already stays as it is.</summary>
    public void CloseFor(TimeSpan pause)
    {
        DateTimeOffset opensAt = time.GetUtcNow() + pause;
        lock (_lock)
        {
            if (opensAt > _opensAt)
                _opensAt = opensAt;
        }
    }

    /// <summary>Waits until the gate is open.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        while (Remaining() is var remaining && remaining > TimeSpan.Zero)
            await Task.Delay(remaining, time, cancellationToken).ConfigureAwait(false);
    }

    private TimeSpan Remaining()
    {
        lock (_lock)
            return _opensAt - time.GetUtcNow();
    }
}
