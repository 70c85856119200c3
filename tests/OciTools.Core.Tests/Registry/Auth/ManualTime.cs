namespace OciTools.Tests.Registry.Auth;

/// <summary>A clock that goes on when told to. It starts at the present.</summary>
internal sealed class ManualTime : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.UtcNow;

    public override DateTimeOffset GetUtcNow() => _now;

    public void Advance(TimeSpan time) => _now += time;
}
