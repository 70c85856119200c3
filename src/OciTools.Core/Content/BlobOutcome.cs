namespace OciTools;

/// <summary>How a blob came to be in a sink.</summary>
public enum BlobOutcome
{
    /// <summary>Its bytes were moved.</summary>
    Transferred,

    /// <summary>The sink had it already.</summary>
    Skipped,

    /// <summary>The registry took it from another repository of its own.</summary>
    Mounted,
}
