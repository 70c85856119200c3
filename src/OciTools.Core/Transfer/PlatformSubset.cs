namespace OciTools.Transfer;

/// <summary>Chooses the entries of an index that belong to some platforms.</summary>
internal static class PlatformSubset
{
    // BuildKit lists an attestation beside its image and names the image with this annotation.
    private const string ReferenceDigest = "vnd.docker.reference.digest";

    /// <summary>The entries for the wanted platforms and the attestations about them, in index order.</summary>
    public static IReadOnlyList<Descriptor> Choose(
        IReadOnlyList<Descriptor> entries, PlatformSelector selector, ImageReference about)
    {
        HashSet<Digest> chosen = [.. selector.Select(entries, about).Select(entry => entry.Digest)];
        return [.. entries.Where(entry => chosen.Contains(entry.Digest) || IsAbout(entry, chosen))];
    }

    private static bool IsAbout(Descriptor entry, HashSet<Digest> chosen) => entry.IsAttestation
        && entry.Annotations.TryGetValue(ReferenceDigest, out string? text)
        && Digest.TryParse(text, out Digest? subject)
        && chosen.Contains(subject);
}
