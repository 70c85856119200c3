namespace OciTools;

/// <summary>
/// The quota that a registry says a caller has. Registries count differently: Docker Hub, for example, counts manifests
/// that are fetched, and neither layers nor look-ups.
/// </summary>
public sealed record OciRateLimit
{
    /// <summary>The registry's host, with its port when it is not the usual one.</summary>
    public required string Registry { get; init; }

    /// <summary>How many requests the quota has in all; null when the registry does not say.</summary>
    public long? Limit { get; init; }

    /// <summary>How many requests are left.</summary>
    public required long Remaining { get; init; }

    /// <summary>The time that the quota is for; null when the registry does not say.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>
    /// When the quota is whole again; null when the registry does not say, as Docker Hub, whose window moves on with
    /// time.
    /// </summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>Whom the registry counts, for example an address; null when it does not say.</summary>
    public string? Source { get; init; }

    /// <summary>When the registry said so.</summary>
    public required DateTimeOffset ObservedAt { get; init; }

    /// <summary>What is left, and of how many.</summary>
    public override string ToString() =>
        Limit is { } limit ? $"{Remaining} of {limit} requests left" : $"{Remaining} requests left";
}
