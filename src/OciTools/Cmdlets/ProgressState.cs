namespace OciTools.Cmdlets;

/// <summary>What one progress bar shows at one moment.</summary>
internal sealed record ProgressState
{
    /// <summary>Identifies the bar in this process.</summary>
    public required int ActivityId { get; init; }

    /// <summary>The bar that this one belongs to; -1 for none.</summary>
    public int ParentActivityId { get; init; } = -1;

    /// <summary>What is going on.</summary>
    public required string Activity { get; init; }

    /// <summary>How far it is, in words.</summary>
    public required string Status { get; init; }

    /// <summary>From 0 to 100; -1 when it is not known.</summary>
    public int PercentComplete { get; init; } = -1;

    /// <summary>The estimated rest in seconds; -1 when it is not known.</summary>
    public int SecondsRemaining { get; init; } = -1;

    /// <summary>Whether the bar goes away.</summary>
    public bool IsCompleted { get; init; }
}
