namespace OciTools.Operations;

/// <summary>Tells the platform of a manifest that no index lists: its config names it.</summary>
internal static class ManifestPlatform
{
    /// <summary>Reads the platform; null for artifacts and for configs that name none.</summary>
    public static async Task<Platform?> ReadAsync(
        IContentSource source, RawDocument document, CancellationToken cancellationToken)
    {
        if (document.Schema1 is { } schema1)
            return schema1.Config.Platform;
        if (document.Manifest is not { } manifest || !MediaTypes.IsConfig(manifest.Config.MediaType))
            return null;
        RawDocument config = await source.ReadDocumentAsync(manifest.Config, cancellationToken).ConfigureAwait(false);
        return ImageConfig.Parse(config).Platform;
    }

    /// <summary>Refuses an image that is for none of the wanted platforms.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.PlatformNotFound"/>.</exception>
    public static void Require(Platform? platform, IReadOnlyList<Platform> wanted, ImageReference about)
    {
        if (platform is null || new PlatformSelector(wanted).Matches(platform))
            return;
        throw new OciException(
            OciErrorCode.PlatformNotFound,
            $"{about} is a single image for {platform}, not for {string.Join(", ", wanted)}. "
            + $"Ask for {platform}, or for no platform.",
            about);
    }
}
