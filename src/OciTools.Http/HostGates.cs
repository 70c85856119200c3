using System.Collections.Concurrent;

namespace OciTools.Http;

/// <summary>The gates of all hosts that requests go to, one for each scheme, host and port.</summary>
internal sealed class HostGates(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, HostGate> _gates = new(StringComparer.OrdinalIgnoreCase);

    public HostGate For(Uri uri) => _gates.GetOrAdd(uri.GetLeftPart(UriPartial.Authority), _ => new HostGate(time));
}
