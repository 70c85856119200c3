namespace OciTools;

/// <summary>What one save or copy did.</summary>
public sealed record OciTransferResult
{
    /// <summary>Where the image came from, pinned to its digest.</summary>
    public required ImageReference Source { get; init; }

    /// <summary>
    /// Where the image is now, pinned to its digest there; a rewritten index has another digest than its source. In an
    /// archive of Docker's the image has a name at most, because such archives hold no manifests.
    /// </summary>
    public required ImageReference Destination { get; init; }

    /// <summary>The same as <see cref="Destination"/>, so that the result pipes into the next command.</summary>
    public ImageReference Reference => Destination;

    /// <summary>
    /// The digest of the image at the destination; for an archive of Docker's, of the image that was put into it.
    /// </summary>
    public required Digest Digest { get; init; }

    /// <summary>The platforms that were copied; empty when nothing names any.</summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>Whether the destination had the image already, so that nothing was written.</summary>
    public bool IsUpToDate { get; init; }

    /// <summary>Bytes of blobs and documents that were moved.</summary>
    public long BytesTransferred { get; init; }

    /// <summary>
    /// Bytes of blobs that an interrupted transfer had left in the layout, and that were not moved again.
    /// </summary>
    public long BytesResumed { get; init; }

    /// <summary>Bytes of blobs and documents that the destination had already.</summary>
    public long BytesSkipped { get; init; }

    /// <summary>Bytes of blobs that the registry took from another repository of its own.</summary>
    public long BytesMounted { get; init; }

    /// <summary>Blobs and documents that were moved.</summary>
    public int ItemsTransferred { get; init; }

    /// <summary>Blobs and documents that the destination had already.</summary>
    public int ItemsSkipped { get; init; }

    /// <summary>Blobs that the registry took from another repository of its own.</summary>
    public int ItemsMounted { get; init; }

    /// <summary>How often a request or a body was tried again.</summary>
    public int Retries { get; init; }

    /// <summary>The time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The destination.</summary>
    public override string ToString() => Destination.ToString()!;
}
