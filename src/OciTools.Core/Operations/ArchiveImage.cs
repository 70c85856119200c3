namespace OciTools.Operations;

/// <summary>An image to be put into an archive.</summary>
/// <param name="Reference">The image; a digest wins over a tag.</param>
public sealed record ArchiveImage(ImageReference Reference)
{
    /// <summary>
    /// How the source's index describes the image, when that is known already; its platform and annotations go into the
    /// archive's index.
    /// </summary>
    public Descriptor? Descriptor { get; init; }

    /// <summary>The name in the archive: a tag, or a repository and a tag.</summary>
    /// <value>Null (the default) for the name that the image has at its source.</value>
    public string? Name { get; init; }
}
