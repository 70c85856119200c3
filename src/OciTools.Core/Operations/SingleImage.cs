namespace OciTools.Operations;

/// <summary>Finds the one image that an operation on files is about.</summary>
internal static class SingleImage
{
    /// <summary>Finds an image with its layers.</summary>
    /// <param name="source">Where the image is.</param>
    /// <param name="reference">The image.</param>
    /// <param name="platform">
    /// The platform. Null for the only image there is, or of several the one for Linux on this machine.
    /// </param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.PlatformNotFound"/>; <see cref="OciErrorCode.NotSupported"/> when there is no image; and
    /// whatever finding it can meet.
    /// </exception>
    public static async Task<OciManifest> FindAsync(
        IContentSource source, ImageReference reference, Platform? platform, CancellationToken cancellationToken)
    {
        var request = new GetManifestRequest
        {
            Reference = reference,
            Platforms = platform is null ? [] : [platform],
        };
        OciManifest found = Choose(await CollectAsync(request).ConfigureAwait(false), reference);
        if (found.Layers is null)
        {
            request = request with { Reference = found.Reference, Platforms = [] };
            found = Choose(await CollectAsync(request).ConfigureAwait(false), reference);
        }

        return found.Layers is not null ? found : throw NoImage(reference);

        async Task<List<OciManifest>> CollectAsync(GetManifestRequest wanted)
        {
            var manifests = new List<OciManifest>();
            await foreach (OciManifest manifest in GetManifestOperation.FindAsync(source, wanted, cancellationToken)
                .ConfigureAwait(false))
            {
                manifests.Add(manifest);
            }

            return manifests;
        }
    }

    private static OciManifest Choose(List<OciManifest> found, ImageReference reference)
    {
        if (found.Count < 2)
            return found.FirstOrDefault() ?? throw NoImage(reference);
        Descriptor chosen = new PlatformSelector(Platform.Host)
            .Select([.. found.Select(manifest => manifest.Descriptor)], reference)[0];
        return found.First(manifest => manifest.Descriptor.Equals(chosen));
    }

    private static OciException NoImage(ImageReference reference) => new(
        OciErrorCode.NotSupported,
        $"{reference} leads to no image with layers. Name an image, or one of its platforms.",
        reference);
}
