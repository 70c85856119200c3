namespace OciTools.Transfer;

/// <summary>Chooses the entries of an index that belong to some platforms.</summary>
internal static class PlatformSubset
{
    // BuildKit lists an attestation beside its image and ties the two with these annotations.
    private const string ReferenceType = "vnd.docker.reference.type";
    private const string ReferenceDigest = "vnd.docker.reference.digest";
    private const string AttestationManifest = "attestation-manifest";

    /// <summary>Whether an index entry is an attestation about another entry, not an image.</summary>
    public static bool IsAttestation(Descriptor entry) =>
        entry.Annotations.TryGetValue(ReferenceType, out string? type) && type == AttestationManifest;

    /// <summary>The entries for the wanted platforms and the attestations about them, in index order.</summary>
    public static IReadOnlyList<Descriptor> Choose(
        IReadOnlyList<Descriptor> entries, PlatformSelector selector, ImageReference about)
    {
        HashSet<Digest> chosen = [.. selector.Select(entries, about).Select(entry => entry.Digest)];
        return [.. entries.Where(entry => chosen.Contains(entry.Digest) || IsAbout(entry, chosen))];
    }

    private static bool IsAbout(Descriptor entry, HashSet<Digest> chosen) => IsAttestation(entry)
        && entry.Annotations.TryGetValue(ReferenceDigest, out string? text)
        && Digest.TryParse(text, out Digest? subject)
        && chosen.Contains(subject);
}
