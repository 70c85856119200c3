namespace OciTools.Operations;

/// <summary>What <see cref="CompareImageOperation"/> is asked for.</summary>
public sealed record CompareImageRequest
{
    /// <summary>The image that is compared with.</summary>
    public required ImageReference ReferenceImage { get; init; }

    /// <summary>The image that is compared.</summary>
    public required ImageReference DifferenceImage { get; init; }

    /// <summary>The platforms to compare, which both images must have; empty (the default) for all.</summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>
    /// Whether to compare the files of the unpacked images as well. False by default: the layers must be read for it.
    /// </summary>
    public bool IncludeFiles { get; init; }

    /// <summary>
    /// Whether files whose times alone differ count as changed. False by default: to build an image again changes them
    /// all.
    /// </summary>
    public bool IncludeTime { get; init; }

    /// <summary>Whether to tell what is the same as well. False by default.</summary>
    public bool IncludeEqual { get; init; }

    /// <summary>Guards against images that unpack to more than anybody wants.</summary>
    public ExpandLimits Limits { get; init; } = ExpandLimits.Default;

    /// <summary>How to talk to the registries; null for the defaults.</summary>
    public RegistryOptions? Options { get; init; }
}
