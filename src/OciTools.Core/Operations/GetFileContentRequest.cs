namespace OciTools.Operations;

/// <summary>What <see cref="GetFileContentOperation"/> is asked for.</summary>
public sealed record GetFileContentRequest
{
    /// <summary>The image.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>
    /// The paths of the files in the image, for example <c>etc/os-release</c>; a slash before it makes no difference.
    /// </summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>The platform.</summary>
    /// <value>Null (the default) for the only image there is, or of several the one for Linux on this machine.</value>
    public Platform? Platform { get; init; }

    /// <summary>The size in bytes of the largest file to read: it is held in memory.</summary>
    /// <value>256 MiB by default.</value>
    public long MaximumSize { get; init; } = 256 * 1024 * 1024;

    /// <summary>How to talk to the registry; null for the defaults.</summary>
    public RegistryOptions? Options { get; init; }
}
