namespace OciTools;

/// <summary>One thing in which two images differ, or that is the same in both.</summary>
public sealed record OciImageDifference
{
    internal const string OnlyReference = "<=";
    internal const string OnlyDifference = "=>";
    internal const string Changed = "!=";
    internal const string Same = "==";

    /// <summary>The platform that is compared; null when nothing names it.</summary>
    public Platform? Platform { get; init; }

    /// <summary>What part of the images it is in.</summary>
    public required OciDifferenceKind Kind { get; init; }

    /// <summary>
    /// The side that has it: <c>&lt;=</c> the reference image alone, <c>=&gt;</c> the difference image alone, <c>!=</c>
    /// both, but not the same, <c>==</c> both.
    /// </summary>
    public required string SideIndicator { get; init; }

    /// <summary>
    /// What it is: a platform, a member such as <c>Env.PATH</c>, the diffID of a layer (its digest, where that is not
    /// known), the path of a file.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>
    /// What the reference image has: an <see cref="OciManifest"/>, an <see cref="OciLayer"/>, an
    /// <see cref="OciImageFile"/>, an <see cref="ImageHistory"/>, or the value of a member. Null when it has nothing.
    /// </summary>
    public object? ReferenceValue { get; init; }

    /// <summary>What the difference image has, as <see cref="ReferenceValue"/>.</summary>
    public object? DifferenceValue { get; init; }

    /// <summary>What differs in a file, layer or step of the history that both images have.</summary>
    public OciChanges Changes { get; init; }

    /// <summary>The reference image, pinned to its digest; null when it has no such platform.</summary>
    public ImageReference? ReferenceImage { get; init; }

    /// <summary>The difference image, pinned to its digest; null when it has no such platform.</summary>
    public ImageReference? DifferenceImage { get; init; }

    /// <summary>The side and the name.</summary>
    public override string ToString() => $"{SideIndicator} {DisplayText.Sanitize(Name)}";
}
