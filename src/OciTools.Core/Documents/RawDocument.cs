using System.Globalization;
using System.Text.Json;

namespace OciTools;

/// <summary>A manifest, index or config: its exact bytes, their digest, and what was read from them.</summary>
/// <remarks>
/// The bytes are the document: they are what is written and pushed, and members that are not known here stay in them.
/// A document of an unknown media type has no views and no children.
/// </remarks>
public sealed class RawDocument
{
    private RawDocument(
        ReadOnlyMemory<byte> bytes,
        Digest digest,
        Digest contentDigest,
        string mediaType,
        ImageManifest? manifest = null,
        ImageIndex? index = null)
    {
        Bytes = bytes;
        Digest = digest;
        ContentDigest = contentDigest;
        MediaType = mediaType;
        Manifest = manifest;
        Index = index;
        // An array or a list, which PowerShell can index; it cannot index what [..] makes for an interface.
        Children = manifest is not null
            ? manifest.Layers.Prepend(manifest.Config).ToArray()
            : index?.Manifests ?? Array.Empty<Descriptor>();
    }

    /// <summary>The exact bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The digest that registries know the document by: that of <see cref="Bytes"/>.</summary>
    /// <remarks>
    /// Of a signed Docker manifest of schema 1 it is the digest of what is signed, because a registry may sign anew
    /// whenever it is asked. The signatures themselves are not checked.
    /// </remarks>
    public Digest Digest { get; }

    /// <summary>The digest of <see cref="Bytes"/>, whatever they are.</summary>
    internal Digest ContentDigest { get; }

    /// <summary>
    /// The media type that was declared, or that the document itself states, or that its shape implies.
    /// </summary>
    public string MediaType { get; }

    /// <summary>The length of <see cref="Bytes"/>.</summary>
    public long Size => Bytes.Length;

    /// <summary>The view of an image manifest.</summary>
    /// <value>Null unless the document is an OCI manifest or a Docker manifest of schema 2.</value>
    public ImageManifest? Manifest { get; }

    /// <summary>The view of an image index.</summary>
    /// <value>Null unless the document is an OCI index or a Docker manifest list.</value>
    public ImageIndex? Index { get; }

    /// <summary>The view of a Docker manifest of schema 1; null for everything else.</summary>
    internal Schema1Manifest? Schema1 { get; private init; }

    /// <summary>The children of an index, or the config of a manifest followed by its layers.</summary>
    /// <value>
    /// Empty for everything else, also for Docker manifests of schema 1: they do not say how large their blobs are.
    /// </value>
    public IReadOnlyList<Descriptor> Children { get; }

    /// <summary>The manifest that the document refers to (OCI image specification 1.1, "subject").</summary>
    public Descriptor? Subject => Manifest?.Subject ?? Index?.Subject;

    /// <summary>Reads a document.</summary>
    /// <param name="bytes">The bytes. They are kept, not copied.</param>
    /// <param name="mediaType">
    /// The media type from the descriptor or the <c>Content-Type</c> of the answer. Null, <c>application/json</c>,
    /// <c>application/octet-stream</c> and <c>text/plain</c> leave the decision to the document.
    /// </param>
    /// <param name="about">What the document belongs to, as the target of an error.</param>
    /// <param name="algorithm">The algorithm of the digest, <c>sha256</c> by default.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestInvalid"/>: the document is over 4 MiB, is no JSON, repeats a member, is index
    /// and manifest in one, contradicts the declared media type, or has a malformed descriptor.
    /// </exception>
    public static RawDocument Create(
        ReadOnlyMemory<byte> bytes, string? mediaType, object? about = null, string algorithm = Digest.Sha256)
    {
        CheckLimit(bytes, about);
        return Read(bytes, Digest.Compute(bytes.Span, algorithm), mediaType, about);
    }

    /// <summary>Reads a document that a descriptor promises, and checks it against the descriptor.</summary>
    /// <param name="bytes">The bytes. They are kept, not copied.</param>
    /// <param name="descriptor">What its parent says of it.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ContentMismatch"/>: size or digest differ from the descriptor.
    /// <see cref="OciErrorCode.ManifestInvalid"/>: as in the other overload.
    /// </exception>
    public static RawDocument Create(ReadOnlyMemory<byte> bytes, Descriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        CheckLimit(bytes, descriptor);
        Digest actual = Digest.Compute(bytes.Span, descriptor.Digest.Algorithm);
        bool isExact = bytes.Length == descriptor.Size && actual.Equals(descriptor.Digest);
        if (isExact || (MediaTypes.IsSchema1(descriptor.MediaType) && IsSignedAs(bytes, descriptor)))
            return Read(bytes, actual, descriptor.MediaType, descriptor);
        throw bytes.Length != descriptor.Size
            ? ContentMismatch.OfSize(descriptor, bytes.Length)
            : ContentMismatch.OfDigest(descriptor, actual);
    }

    /// <summary>Whether <see cref="Digest"/> is that of a part of the bytes, because the rest are signatures.</summary>
    internal bool IsSigned => !Digest.Equals(ContentDigest);

    /// <summary>Describes the document: media type, digest, size and artifact type.</summary>
    public Descriptor ToDescriptor() => new()
    {
        MediaType = MediaType,
        Digest = Digest,
        Size = Size,
        ArtifactType = Manifest?.ArtifactType ?? Index?.ArtifactType,
    };

    /// <summary>The digest.</summary>
    public override string ToString() => Digest.ToString();

    /// <summary>Makes an index that keeps only some of its children, and every other member as it is.</summary>
    /// <exception cref="InvalidOperationException">The document is no index.</exception>
    internal RawDocument WithManifests(Func<Descriptor, bool> keep)
    {
        if (Index is null)
            throw new InvalidOperationException("Only an index has manifests.");

        return Create(IndexEditor.Keep(this, keep), MediaType, algorithm: Digest.Algorithm);
    }

    /// <summary>
    /// Makes an OCI index that has other images in the place of some children, and every other member as it is.
    /// </summary>
    /// <exception cref="InvalidOperationException">The document is no index.</exception>
    internal RawDocument WithManifests(IReadOnlyDictionary<Digest, Descriptor> images)
    {
        if (Index is null)
            throw new InvalidOperationException("Only an index has manifests.");

        return Create(IndexEditor.Replace(this, images), MediaTypes.OciIndex, algorithm: Digest.Algorithm);
    }

    internal static OciException Invalid(string clause, object? about, Exception? innerException = null)
    {
        string subject = about is null ? "The document" : $"The document {DisplayText.Sanitize($"{about}")}";
        return new OciException(
            OciErrorCode.ManifestInvalid,
            $"{subject} cannot be used: {clause}. Ask whoever published it for a correct one.",
            about,
            innerException);
    }

    private static void CheckLimit(ReadOnlyMemory<byte> bytes, object? about)
    {
        if (bytes.Length > ContentLimits.Document)
        {
            string size = string.Create(CultureInfo.InvariantCulture, $"it has {bytes.Length} bytes");
            throw Invalid($"{size}, and {ContentLimits.Document} are the limit", about);
        }
    }

    private static RawDocument Read(ReadOnlyMemory<byte> bytes, Digest digest, string? declared, object? about)
    {
        try
        {
            using JsonDocument json = DocumentReader.Parse(bytes);
            string mediaType = DocumentReader.DecideMediaType(json.RootElement, declared);
            if (MediaTypes.IsSchema1(mediaType))
                return ReadSchema1(bytes, digest, mediaType, json.RootElement);
            return new RawDocument(
                bytes,
                digest,
                digest,
                mediaType,
                MediaTypes.IsManifest(mediaType) ? DocumentReader.ReadManifest(json.RootElement, mediaType) : null,
                MediaTypes.IsIndex(mediaType) ? DocumentReader.ReadIndex(json.RootElement, mediaType) : null);
        }
        catch (FormatException exception)
        {
            throw Invalid(exception.Message, about, exception);
        }
    }

    /// <summary>Whether a part of the bytes, for the rest are signatures, has the digest that was promised.</summary>
    private static bool IsSignedAs(ReadOnlyMemory<byte> bytes, Descriptor descriptor)
    {
        try
        {
            using JsonDocument json = DocumentReader.Parse(bytes);
            ReadOnlyMemory<byte> payload = Schema1Payload.Read(bytes, json.RootElement, mustBeSigned: true);
            return Digest.Compute(payload.Span, descriptor.Digest.Algorithm).Equals(descriptor.Digest);
        }
        catch (FormatException)
        {
            // Bytes that are not those that were promised need not make sense.
            return false;
        }
    }

    private static RawDocument ReadSchema1(
        ReadOnlyMemory<byte> bytes, Digest contentDigest, string mediaType, JsonElement root)
    {
        bool isAnnouncedAsSigned = mediaType == MediaTypes.DockerManifestSchema1Signed;
        ReadOnlyMemory<byte> payload = Schema1Payload.Read(bytes, root, isAnnouncedAsSigned);
        return new RawDocument(
            bytes, Digest.Compute(payload.Span, contentDigest.Algorithm), contentDigest, mediaType)
        {
            Schema1 = Schema1Manifest.Read(payload),
        };
    }
}
