namespace OciTools.Operations;

/// <summary>What <see cref="TestImageOperation"/> is asked for.</summary>
public sealed record TestImageRequest
{
    /// <summary>The image; a layout or archive without a name for all that is in it.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platforms to test; empty (the default) for all that are there.</summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>
    /// Where to fetch what is missing or broken; a tag or digest means nothing here. Null (the default) repairs
    /// nothing.
    /// </summary>
    public ImageReference? RepairFrom { get; init; }

    /// <summary>How many blobs are read at once, at least 1.</summary>
    /// <value>The default is <see cref="CopyImageRequest.DefaultThrottleLimit"/>.</value>
    public int ThrottleLimit { get; init; } = CopyImageRequest.DefaultThrottleLimit;

    /// <summary>How to talk to registries; null for the defaults.</summary>
    public RegistryOptions? Options { get; init; }
}
