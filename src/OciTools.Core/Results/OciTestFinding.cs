namespace OciTools;

/// <summary>One thing that a test of an image found.</summary>
public sealed record OciTestFinding
{
    /// <summary>What is the matter.</summary>
    public required OciTestFindingKind Kind { get; init; }

    /// <summary>The image or layout, as in <see cref="OciTestResult.Reference"/>.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The content that it is about.</summary>
    public required Descriptor Descriptor { get; init; }

    /// <summary>The digest of the content.</summary>
    public Digest Digest => Descriptor.Digest;

    /// <summary>How many bytes the document or blob should have.</summary>
    public long Size => Descriptor.Size;

    /// <summary>The platform of the image that the content belongs to; null when nothing names one.</summary>
    public Platform? Platform { get; init; }

    /// <summary>What was found, in words that are safe to show.</summary>
    public required string Message { get; init; }

    /// <summary>Whether the image cannot be relied on because of it.</summary>
    public bool IsError => Kind is not (OciTestFindingKind.Sparse or OciTestFindingKind.External
        or OciTestFindingKind.NotVerified or OciTestFindingKind.Orphaned);

    /// <summary>The kind and the words.</summary>
    public override string ToString() => $"{Kind}: {Message}";
}
