using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>An image that is moved.</summary>
/// <param name="Image">Its bytes.</param>
/// <param name="Weight">How often it is chosen, compared with others.</param>
internal sealed record ChaosImage(TestImage Image, int Weight)
{
    /// <summary>What becomes of it when it is converted; null for what is no image of schema 1.</summary>
    public Conversion? Conversion { get; init; }

    /// <summary>
    /// Whether a job can begin with it: archives hold no image of schema 1, and a signed one gets into a layout only by
    /// being saved.
    /// </summary>
    public bool Fits(JobKind kind) => Conversion is null || kind is JobKind.RegistryToLayout
        or JobKind.RegistryToRegistry or JobKind.RegistryToArchive
        || (kind is JobKind.LayoutToRegistry or JobKind.LayoutToArchive or JobKind.Repair
            && Image.Root.MediaType == MediaTypes.DockerManifestSchema1);
}
