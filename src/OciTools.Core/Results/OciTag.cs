namespace OciTools;

/// <summary>One tag of a repository or layout.</summary>
public sealed record OciTag
{
    /// <summary>The image that the tag names.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The tag.</summary>
    public required string Name { get; init; }

    /// <summary>The reference.</summary>
    public override string ToString() => Reference.ToString()!;
}
