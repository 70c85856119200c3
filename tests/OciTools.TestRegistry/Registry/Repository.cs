using System.Collections.Concurrent;

namespace OciTools.Testing;

/// <summary>What one repository holds.</summary>
internal sealed class Repository
{
    public ConcurrentDictionary<Digest, StoredBlob> Blobs { get; } = new();

    public ConcurrentDictionary<Digest, StoredManifest> Manifests { get; } = new();

    public ConcurrentDictionary<string, Digest> Tags { get; } = new(StringComparer.Ordinal);

    public StoredManifest? Find(string tagOrDigest) =>
        (Digest.TryParse(tagOrDigest, out Digest? digest) || Tags.TryGetValue(tagOrDigest, out digest))
            ? Manifests.GetValueOrDefault(digest)
            : null;

    public void Put(StoredManifest manifest, string? tag)
    {
        Manifests[manifest.Digest] = manifest;
        if (tag is not null)
            Tags[tag] = manifest.Digest;
    }

    public bool Remove(Digest digest)
    {
        foreach (KeyValuePair<string, Digest> tag in Tags.Where(t => t.Value.Equals(digest)))
            Tags.TryRemove(tag);
        return Manifests.TryRemove(digest, out _);
    }
}
