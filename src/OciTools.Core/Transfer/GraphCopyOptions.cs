namespace OciTools.Transfer;

/// <summary>How <see cref="GraphCopier"/> works.</summary>
public sealed record GraphCopyOptions
{
    /// <summary>
    /// Stacks handlers on the one that names all children of a document; null (the default) copies them all. A document
    /// is written as it is even if some of its children are left out.
    /// </summary>
    public Func<GraphHandler, GraphHandler>? Handlers { get; init; }

    /// <summary>
    /// Whether to check what the sink claims to have, and to write again what is broken. False by default.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>
    /// Whether the copy goes on without a content that failed; null (the default) stops at the first failure.
    /// </summary>
    internal Func<Descriptor, OciException, bool>? GoesOn { get; init; }

    /// <summary>How many transfers run at once, at least 1.</summary>
    /// <value>8 by default.</value>
    public int ThrottleLimit { get; init; } = 8;

    /// <summary>Hears of everything that happens; null for nobody.</summary>
    public IProgress<TransferEvent>? Progress { get; init; }
}
