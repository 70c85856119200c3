using OciTools.Reliability.Fuzz.Targets;

namespace OciTools.Reliability.Fuzz;

internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new ReferenceTarget(), new PlatformTarget(), new DigestTarget(), new ChallengeTarget(), new LinkTarget(),
        new ErrorBodyTarget(), new TokenTarget(), new CredentialTarget(), new ManifestTarget(), new ConfigTarget(),
        new LayoutIndexTarget(), new TarTarget(), new GzipTarget(), new ZstdTarget(), new ArchiveTarget(),
        new ExpandTarget(),
    ];

    /// <exception cref="FormatException">There is no such target.</exception>
    public static FuzzTarget Find(string name) => All.FirstOrDefault(target => target.Name == name)
        ?? throw new FormatException(
            $"There is no target {name}; there are {string.Join(", ", All.Select(target => target.Name))}.");
}
