namespace OciTools;

/// <summary>
/// One step of the making of an image: a layer with what the history says of it, or a step that made no layer.
/// </summary>
public sealed record OciLayer
{
    /// <summary>The image, pinned to the digest of its manifest.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platform of the image.</summary>
    public Platform? Platform { get; init; }

    /// <summary>The place of the step in the image, the first and lowest being 1.</summary>
    public required int Number { get; init; }

    /// <summary>The layer; null for a step that made none.</summary>
    public Descriptor? Descriptor { get; init; }

    /// <summary>The digest of the layer as it is stored; null for a step that made none.</summary>
    public Digest? Digest => Descriptor?.Digest;

    /// <summary>The media type of the layer; null for a step that made none.</summary>
    public string? MediaType => Descriptor?.MediaType;

    /// <summary>The size of the layer in bytes, as it is stored; 0 for a step that made none.</summary>
    public long Size => Descriptor?.Size ?? 0;

    /// <summary>
    /// The digest of the unpacked layer, which the image's config names. Null for a step that made no layer, and where
    /// the config does not tell, as in images of schema 1.
    /// </summary>
    public Digest? DiffId { get; init; }

    /// <summary>
    /// The command of the step, as it was written by whoever made the image; null when nothing is said.
    /// </summary>
    public string? CreatedBy { get; init; }

    /// <summary>When the step was taken; null when nothing is said.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who took the step; null when nothing is said.</summary>
    public string? Author { get; init; }

    /// <summary>What was remarked; null when nothing is said.</summary>
    public string? Comment { get; init; }

    /// <summary>Whether the step made no layer, but only changed the config.</summary>
    public bool IsEmpty => Descriptor is null;

    /// <summary>The digest of the layer, or the command of a step that made none.</summary>
    public override string ToString() => Digest?.ToString() ?? DisplayText.Sanitize(CreatedBy ?? "");
}
