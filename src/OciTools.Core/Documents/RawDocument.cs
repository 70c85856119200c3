namespace OciTools;

/// <summary>A manifest, index or config: exact bytes, digest, media type, and parsed views.</summary>
public sealed class RawDocument
{
    public ReadOnlyMemory<byte> Bytes => throw null!;
    public Digest Digest => throw null!;
    public string MediaType => throw null!;
    public long Size => Bytes.Length;
    /// non-null when it is an OCI/Docker-schema-2 image manifest
    public ImageManifest? Manifest => throw null!;
    /// non-null when it is an index / manifest list
    public ImageIndex? Index => throw null!;
    /// index children, or config followed by layers; empty for anything else
    public IReadOnlyList<Descriptor> Children => throw null!;
    /// subject of manifest or index
    public Descriptor? Subject => throw null!;

    /// validates: at most 4 MiB, duplicate keys, index-and-manifest, mediaType contradiction → OciException ManifestInvalid (target = about)
    public static RawDocument Create(ReadOnlyMemory<byte> bytes, string? mediaType, object? about = null, string algorithm = Digest.Sha256) => throw null!;
    /// additionally checks digest/size/mediaType against descriptor → ContentMismatch / ManifestInvalid
    public static RawDocument Create(ReadOnlyMemory<byte> bytes, Descriptor descriptor) => throw null!;
    public Descriptor ToDescriptor() => throw null!;
    /// this index with only the entries to keep, written anew from its raw JSON
    public RawDocument WithManifests(Func<Descriptor, bool> keep) => throw null!;
}
