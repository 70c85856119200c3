namespace OciTools;

/// <summary>What a test of one image found, or of a layout as a whole.</summary>
/// <remarks>The lists are arrays, because PowerShell has an index only for what is public in a type.</remarks>
public sealed record OciTestResult
{
    /// <summary>The image, pinned to its digest; a layout without a name when it is about the layout itself.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>Whether nothing was found that is an error.</summary>
    public bool IsValid => !Findings.Any(finding => finding.IsError);

    /// <summary>What was found, after the repair if there was one; empty when all is well.</summary>
    public IReadOnlyList<OciTestFinding> Findings { get; init => field = value.ToArray(); } =
        Array.Empty<OciTestFinding>();

    /// <summary>What was found before the repair and is right now.</summary>
    public IReadOnlyList<OciTestFinding> Repaired { get; init => field = value.ToArray(); } =
        Array.Empty<OciTestFinding>();

    /// <summary>The documents and blobs that were looked at, each once.</summary>
    public int ItemsChecked { get; init; }

    /// <summary>The bytes of the documents and blobs that were looked at.</summary>
    public long BytesChecked { get; init; }

    /// <summary>The time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The reference.</summary>
    public override string ToString() => Reference.ToString()!;
}
