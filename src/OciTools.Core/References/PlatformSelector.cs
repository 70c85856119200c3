namespace OciTools;

/// <summary>Chooses among an index's children.</summary>
public sealed class PlatformSelector
{
    public PlatformSelector(params IReadOnlyList<Platform> wanted) => throw null!;
    public IReadOnlyList<Platform> Wanted => throw null!;
    /// one child for each wanted platform (best match first rule), in index order, without repeats; throws PlatformNotFound listing what is there
    public IReadOnlyList<Descriptor> Select(IReadOnlyList<Descriptor> children, ImageReference about) => throw null!;
    /// all children that match any wanted platform (Get-OciManifest -Platform)
    public bool Matches(Platform? candidate) => throw null!;
}
