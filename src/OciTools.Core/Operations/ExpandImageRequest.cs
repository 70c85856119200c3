namespace OciTools.Operations;

/// <summary>What <see cref="ExpandImageOperation"/> is asked for.</summary>
public sealed record ExpandImageRequest
{
    /// <summary>The default of <see cref="Branch"/>.</summary>
    public const string DefaultBranch = "main";

    /// <summary>The image.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platform.</summary>
    /// <value>Null (the default) for the only image there is, or of several the one for Linux on this machine.</value>
    public Platform? Platform { get; init; }

    /// <summary>What to unpack to.</summary>
    /// <value>A directory by default.</value>
    public ExpandForm Form { get; init; }

    /// <summary>
    /// The directory, tar file or git repository. A directory is made, or is there and empty. A repository is made as a
    /// bare one, or is there.
    /// </summary>
    /// <value>Null only when <see cref="Output"/> is set.</value>
    public string? Destination { get; init; }

    /// <summary>Where a tar goes instead of a file; it stays open.</summary>
    /// <value>Null by default.</value>
    public Stream? Output { get; init; }

    /// <summary>
    /// Whether to write into a directory that is not empty, where what the image has replaces what has its name and
    /// other things stay; to replace a tar file; to move a branch. False by default.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>Where to record what cannot be applied to a directory.</summary>
    /// <value>Null (the default) for a file beside the directory: its name and <c>.oci.jsonl</c>.</value>
    public string? RecordPath { get; init; }

    /// <summary>The branch of a repository.</summary>
    /// <value>The default is <see cref="DefaultBranch"/>.</value>
    public string Branch { get; init; } = DefaultBranch;

    /// <summary>
    /// Whether each layer gets a branch of its own as well: <c>main-layer-1</c> for the lowest. False by default.
    /// </summary>
    public bool BranchPerLayer { get; init; }

    /// <summary>Guards against images that unpack to more than anybody wants.</summary>
    public ExpandLimits Limits { get; init; } = ExpandLimits.Default;

    /// <summary>How to talk to the registry; null for the defaults.</summary>
    public RegistryOptions? Options { get; init; }
}
