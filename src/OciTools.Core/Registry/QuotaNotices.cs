using System.Collections.Concurrent;

namespace OciTools.Registry;

/// <summary>
/// The registries of whose quota a command has been told. All are equal: this is no choice of a caller.
/// </summary>
internal sealed class QuotaNotices
{
    private readonly ConcurrentDictionary<string, bool> _told = new();

    /// <summary>Whether nobody has told of the registry before.</summary>
    public bool IsFirst(string registry) => _told.TryAdd(registry, true);

    public override bool Equals(object? obj) => obj is QuotaNotices;

    public override int GetHashCode() => 0;
}
