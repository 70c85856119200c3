namespace OciTools.Operations;

/// <summary>Finds the config of an image, wherever its kind of manifest keeps it.</summary>
internal static class ManifestConfig
{
    /// <summary>Reads the config of an image whose manifest has been read.</summary>
    /// <returns>The document and what it says; null for what is no image.</returns>
    /// <exception cref="OciException">Whatever reading it can meet.</exception>
    public static async Task<(RawDocument Document, ImageConfig Config)?> ReadAsync(
        IContentSource source, OciManifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Document?.Schema1 is { } schema1)
            return (schema1.ConfigDocument, schema1.Describe(manifest.Layers ?? []));
        if (manifest.Config is not { } descriptor || !MediaTypes.IsConfig(descriptor.MediaType))
            return null;

        RawDocument document = await source.ReadDocumentAsync(descriptor, cancellationToken).ConfigureAwait(false);
        return (document, ImageConfig.Parse(document));
    }
}
