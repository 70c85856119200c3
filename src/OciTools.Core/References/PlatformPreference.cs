using System.Globalization;

namespace OciTools;

/// <summary>How well a platform suits a wanted one; the lesser is the better.</summary>
internal sealed class PlatformPreference : IComparable<PlatformPreference>
{
    private readonly int _rank;
    private readonly bool _isOtherVersion;
    private readonly Version _version;

    private PlatformPreference(int rank, bool isOtherVersion, Version version)
    {
        _rank = rank;
        _isOtherVersion = isOtherVersion;
        _version = version;
    }

    /// <summary>Compares a candidate with what is wanted.</summary>
    /// <returns>The preference, or null when the candidate does not run there.</returns>
    public static PlatformPreference? Find(Platform wanted, Platform candidate)
    {
        wanted = PlatformNames.Normalize(wanted);
        candidate = PlatformNames.Normalize(candidate);
        if (wanted.Os != candidate.Os || !candidate.OsFeatures.All(wanted.OsFeatures.Contains))
            return null;

        bool isWindows = wanted.Os == "windows";
        if (isWindows && !IsSameBuild(wanted.OsVersion, candidate.OsVersion))
            return null;

        int rank = Acceptable(wanted).IndexOf((candidate.Architecture, candidate.Variant));
        if (rank < 0)
            return null;

        // No version sorts as the lowest.
        Version version = isWindows && Version.TryParse(candidate.OsVersion, out Version? stated) ? stated : new();
        bool isOtherVersion = isWindows && wanted.OsVersion is not null && wanted.OsVersion != candidate.OsVersion;
        return new PlatformPreference(rank, isOtherVersion, version);
    }

    /// <inheritdoc/>
    public int CompareTo(PlatformPreference? other)
    {
        if (other is null)
            return -1;

        int order = _rank.CompareTo(other._rank);
        if (order == 0 && _version != other._version)
        {
            order = _isOtherVersion.CompareTo(other._isOtherVersion);
            if (order == 0)
                order = other._version.CompareTo(_version);
        }

        return order;
    }

    /// <summary>
    /// The architectures and variants that run on a platform, best first (containerd's platformVector).
    /// </summary>
    private static List<(string Architecture, string? Variant)> Acceptable(Platform wanted)
    {
        List<(string Architecture, string? Variant)> list = [(wanted.Architecture, wanted.Variant)];
        switch (wanted.Architecture)
        {
            case "amd64":
                for (int version = VariantNumber(wanted.Variant).Major - 1; version >= 1; version--)
                    list.Add(("amd64", version == 1 ? null : Variant(version)));
                list.Add(("386", null));
                break;

            case "arm":
                AddArm(VariantNumber(wanted.Variant).Major - 1);
                break;

            case "arm64":
                (int major, int minor) = wanted.Variant is null ? (8, 0) : VariantNumber(wanted.Variant);
                if (major == 9)
                {
                    for (int lower = minor - 1; lower >= 0; lower--)
                        list.Add(("arm64", Variant(9, lower)));

                    // Armv9.0 is Armv8.5 and more, so v9.x runs what v8.(x+5) runs.
                    minor += 5;
                    list.Add(("arm64", Variant(8, minor)));
                }

                for (int lower = minor - 1; major is 8 or 9 && lower >= 0; lower--)
                    list.Add(("arm64", lower == 0 ? null : Variant(8, lower)));
                if (major is 8 or 9)
                    AddArm(8);
                break;
        }

        return list;

        void AddArm(int highest)
        {
            for (int version = highest; version >= 5; version--)
                list.Add(("arm", Variant(version)));
        }
    }

    private static (int Major, int Minor) VariantNumber(string? variant)
    {
        string[] parts = (variant ?? "").TrimStart('v').Split('.');
        return (Number(parts[0]), parts.Length == 2 ? Number(parts[1]) : 0);

        // No architecture has more than a few variants; a larger number in a document is nonsense.
        static int Number(string text) =>
            byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte number) ? number : 0;
    }

    private static string Variant(int major, int minor = 0) => minor == 0
        ? string.Create(CultureInfo.InvariantCulture, $"v{major}")
        : string.Create(CultureInfo.InvariantCulture, $"v{major}.{minor}");

    /// <summary>Whether the first three parts of two versions agree, as far as both are stated.</summary>
    private static bool IsSameBuild(string? wanted, string? candidate)
    {
        if (wanted is null || candidate is null)
            return true;

        string[] wantedParts = [.. wanted.Split('.').Take(3)];
        return candidate.Split('.').Take(wantedParts.Length).SequenceEqual(wantedParts);
    }
}
