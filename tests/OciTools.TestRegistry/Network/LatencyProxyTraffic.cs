namespace OciTools.Testing;

/// <summary>How many bytes a <see cref="LatencyProxy"/> has passed on in each direction.</summary>
internal sealed class LatencyProxyTraffic
{
    private long _up;
    private long _down;

    public long Up => Interlocked.Read(ref _up);

    public long Down => Interlocked.Read(ref _down);

    public void AddUp(int count) => Interlocked.Add(ref _up, count);

    public void AddDown(int count) => Interlocked.Add(ref _down, count);
}
