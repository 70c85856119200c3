namespace OciTools.Operations;

/// <summary>What <see cref="GetManifestOperation"/> and <see cref="GetConfigOperation"/> are asked for.</summary>
public sealed record GetManifestRequest
{
    /// <summary>The image.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platforms to show; empty (the default) for all.</summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];

    /// <summary>Whether to show attestation entries, which are hidden by default.</summary>
    public bool IncludeAttestation { get; init; }

    /// <summary>
    /// Whether to read the manifest of each platform as well, for its layers and size. False by default: the index
    /// tells
    /// the rest, and registries count each manifest read as a pull.
    /// </summary>
    public bool Detailed { get; init; }

    /// <summary>How to talk to the registry; null for the defaults.</summary>
    public RegistryOptions? Options { get; init; }
}
