namespace OciTools;

/// <summary>What a <see cref="TransferEvent"/> tells.</summary>
public enum TransferEventKind
{
    /// <summary>A blob or document belongs to what is copied; its size counts into the whole.</summary>
    Found,

    /// <summary>A blob or document begins to move.</summary>
    Started,

    /// <summary>
    /// A blob goes on where an earlier transfer stopped: <see cref="TransferEvent.Bytes"/> is what was there.
    /// </summary>
    Resumed,

    /// <summary>More bytes of a blob have passed: <see cref="TransferEvent.Bytes"/> is the count so far.</summary>
    Advanced,

    /// <summary>A blob or document has arrived whole.</summary>
    Completed,

    /// <summary>The sink had it already.</summary>
    Skipped,

    /// <summary>The registry took it from another repository of its own.</summary>
    Mounted,

    /// <summary>A request or a body is tried again.</summary>
    Retried,

    /// <summary>Something the user should know, though the work goes on.</summary>
    Warned,

    /// <summary>A decision about a remote, for verbose output.</summary>
    Decided,

    /// <summary>An HTTP request was answered, for debug output; its URL is redacted.</summary>
    Requested,
}
