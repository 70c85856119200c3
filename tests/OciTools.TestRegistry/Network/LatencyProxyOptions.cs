namespace OciTools.Testing;

/// <summary>What a <see cref="LatencyProxy"/> does to what passes. It holds for connections made afterwards.</summary>
public sealed class LatencyProxyOptions
{
    /// <summary>The time that a byte is under way in each direction: half of the round trip.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>How many bytes a second each direction of a connection carries; null for no limit.</summary>
    public long? BytesPerSecond { get; set; }

    /// <summary>Closes a connection when it has carried so many bytes to the client; null for never.</summary>
    public long? CutAfter { get; set; }

    /// <summary>How many connections, the first ones, are closed so.</summary>
    /// <value>All by default.</value>
    public int CutConnections { get; set; } = int.MaxValue;

    /// <summary>Whether connections are closed as soon as they are made.</summary>
    public bool Refuses { get; set; }
}
