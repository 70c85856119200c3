namespace OciTools;

/// <summary>
/// One thing that happened in an operation. Progress, verbose output and results are made from these.
/// </summary>
public sealed record TransferEvent
{
    /// <summary>What happened.</summary>
    public required TransferEventKind Kind { get; init; }

    /// <summary>The content it is about, if it is about content.</summary>
    public Descriptor? Descriptor { get; init; }

    /// <summary>
    /// Bytes moved so far (<see cref="TransferEventKind.Advanced"/>) or in all; 0 where bytes mean nothing.
    /// </summary>
    public long Bytes { get; init; }

    /// <summary>One line in words, safe to show; null where the kind says it all.</summary>
    public string? Message { get; init; }
}
