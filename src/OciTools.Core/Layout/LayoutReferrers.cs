namespace OciTools.Layout;

/// <summary>
/// Answers for a layout what the referrers API answers for a registry: which manifests name a subject (distribution
/// specification 1.1, "Listing Referrers").
/// </summary>
internal static class LayoutReferrers
{
    /// <summary>
    /// Reads the manifests that the layout lists, and those that the indexes among them list. What the layout does not
    /// hold, or holds damaged, is passed over: it could not be copied either.
    /// </summary>
    public static async Task<ILookup<Digest, Descriptor>> ScanAsync(
        LayoutIndex index, IContentSource layout, CancellationToken cancellationToken)
    {
        var found = new Dictionary<Digest, RawDocument?>();
        foreach (Descriptor entry in index.Entries)
        {
            RawDocument? document = await VisitAsync(entry).ConfigureAwait(false);
            foreach (Descriptor child in document?.Index?.Manifests ?? [])
                await VisitAsync(child).ConfigureAwait(false);
        }

        return found.Values.OfType<RawDocument>().Where(document => document.Subject is not null)
            .ToLookup(document => document.Subject!.Digest, Describe);

        async Task<RawDocument?> VisitAsync(Descriptor descriptor)
        {
            if (!MediaTypes.IsDocument(descriptor.MediaType) || found.ContainsKey(descriptor.Digest))
                return null;
            RawDocument? document = await TryReadAsync(descriptor, layout, cancellationToken).ConfigureAwait(false);
            found.Add(descriptor.Digest, document);
            return document;
        }
    }

    /// <summary>Reads the index that stands in for the API under a tag made from the subject's digest.</summary>
    public static async Task<IReadOnlyList<Descriptor>> ReadFallbackAsync(
        LayoutIndex index, Digest subject, IContentSource layout, CancellationToken cancellationToken)
    {
        // Distribution specification 1.1, "Referrers Tag Schema": the hash is cut at 64 characters.
        string tag = $"{subject.Algorithm}-{subject.Hex[..64]}";
        return index.Find(tag) is { } entry
            && await TryReadAsync(entry, layout, cancellationToken).ConfigureAwait(false) is { Index: { } fallback }
                ? fallback.Manifests
                : [];
    }

    private static Descriptor Describe(RawDocument document)
    {
        Descriptor descriptor = document.ToDescriptor();
        return document switch
        {
            // "If the artifactType is empty or missing in the image manifest, the value of artifactType MUST be set to
            // the config descriptor mediaType value."
            { Manifest: { } manifest } => descriptor with
            {
                ArtifactType = manifest.ArtifactType ?? manifest.Config.MediaType,
                Annotations = manifest.Annotations,
            },
            { Index: { } index } => descriptor with
            {
                ArtifactType = index.ArtifactType,
                Annotations = index.Annotations,
            },
            _ => descriptor,
        };
    }

    private static async Task<RawDocument?> TryReadAsync(
        Descriptor descriptor, IContentSource layout, CancellationToken cancellationToken)
    {
        try
        {
            return await layout.ReadDocumentAsync(descriptor, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException exception) when (exception.Code is OciErrorCode.ManifestNotFound
            or OciErrorCode.BlobNotFound or OciErrorCode.ManifestInvalid or OciErrorCode.ContentMismatch
            or OciErrorCode.LimitExceeded)
        {
            return null;
        }
    }
}
