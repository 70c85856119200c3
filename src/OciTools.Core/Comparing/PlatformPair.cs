namespace OciTools.Comparing;

/// <summary>The manifests that two images have for a platform; one of them may be missing.</summary>
/// <param name="Reference">That of the reference image.</param>
/// <param name="Difference">That of the difference image.</param>
internal sealed record PlatformPair(OciManifest? Reference, OciManifest? Difference)
{
    // Major, minor and build of Windows say which containers run; what follows changes with each update.
    private const int SignificantVersionParts = 3;

    /// <summary>The platform; null when nothing names it.</summary>
    public Platform? Platform => Reference?.Platform ?? Difference?.Platform;

    /// <summary>Finds the pairs, in the order of the reference image, and then of the difference image.</summary>
    public static IReadOnlyList<PlatformPair> Match(IReadOnlyList<OciManifest> left, IReadOnlyList<OciManifest> right)
    {
        // Two single images are compared whatever they run on.
        if (left.Count == 1 && right.Count == 1)
            return [new PlatformPair(left[0], right[0])];

        var pairs = left.Select(manifest => new PlatformPair(manifest, null)).ToList();
        List<OciManifest> rest = [.. right];
        Join(pairs, rest, (one, other) => Equals(one, other));
        Join(pairs, rest, (one, other) => Equals(WithoutUpdate(one), WithoutUpdate(other)));
        pairs.AddRange(rest.Select(manifest => new PlatformPair(null, manifest)));
        return pairs;
    }

    private static void Join(List<PlatformPair> pairs, List<OciManifest> rest, Func<Platform?, Platform?, bool> fits)
    {
        for (int i = 0; i < pairs.Count; i++)
        {
            if (pairs[i] is { Difference: null, Reference.Platform: var wanted }
                && rest.Find(manifest => fits(wanted, manifest.Platform)) is { } found)
            {
                pairs[i] = pairs[i] with { Difference = found };
                rest.Remove(found);
            }
        }
    }

    private static Platform? WithoutUpdate(Platform? platform) => platform is null ? null : new Platform
    {
        Os = platform.Os,
        Architecture = platform.Architecture,
        Variant = platform.Variant,
        OsFeatures = platform.OsFeatures,
        OsVersion = platform.OsVersion is { } version
            ? string.Join('.', version.Split('.').Take(SignificantVersionParts))
            : null,
    };
}
