using System.Globalization;
using System.Text;

namespace OciTools;

/// <summary>Chooses among the children of an index by platform.</summary>
/// <remarks>
/// <para>
/// The order of choice is that of containerd's <c>platforms.Only</c>. amd64 with a variant accepts the lower variants,
/// and amd64 accepts 386 last; arm/v8 accepts v7, v6 and v5; arm64 accepts its lower variants, then arm/v8 and down to
/// v5.
/// </para>
/// <para>
/// For Windows, a wanted version is compared by its build: <c>10.0.20348</c> and <c>10.0.20348.1</c> accept
/// <c>10.0.20348.2402</c>. The same version comes first, then the highest, and children that state no version come
/// last. An image that needs features of the operating system is accepted only when they are all wanted.
/// </para>
/// </remarks>
public sealed class PlatformSelector
{
    private const int MaximumListed = 20;

    /// <summary>Creates a selector.</summary>
    /// <param name="wanted">The wanted platforms, at least one.</param>
    public PlatformSelector(params IReadOnlyList<Platform> wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        if (wanted.Count == 0)
            throw new ArgumentException("At least one platform is wanted.", nameof(wanted));

        Wanted = wanted;
    }

    /// <summary>The wanted platforms.</summary>
    public IReadOnlyList<Platform> Wanted { get; }

    /// <summary>Chooses the best child for each wanted platform. Attestations are never chosen.</summary>
    /// <param name="children">The children of an index.</param>
    /// <param name="about">The image that the index belongs to, for the message of an error.</param>
    /// <returns>The chosen children in the order of the index, each once.</returns>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.PlatformNotFound"/>: a wanted platform is not there.
    /// </exception>
    public IReadOnlyList<Descriptor> Select(IReadOnlyList<Descriptor> children, ImageReference about)
    {
        ArgumentNullException.ThrowIfNull(children);
        ArgumentNullException.ThrowIfNull(about);

        var chosen = new SortedSet<int>();
        foreach (Platform wanted in Wanted)
        {
            int best = FindBest(wanted, children);
            if (best < 0)
                throw NotFound(wanted, children, about);

            chosen.Add(best);
        }

        return [.. chosen.Select(index => children[index])];
    }

    /// <summary>
    /// Whether the platform is one of the wanted, or can stand in for one as in <see cref="Select"/>.
    /// </summary>
    public bool Matches(Platform? candidate) =>
        candidate is not null && Wanted.Any(wanted => PlatformPreference.Find(wanted, candidate) is not null);

    private static int FindBest(Platform wanted, IReadOnlyList<Descriptor> children)
    {
        int best = -1;
        PlatformPreference? bestPreference = null;
        for (int i = 0; i < children.Count; i++)
        {
            if (children[i] is not { Platform: { } platform, IsAttestation: false }
                || PlatformPreference.Find(wanted, platform) is not { } preference)
            {
                continue;
            }

            if (bestPreference is null || preference.CompareTo(bestPreference) < 0)
            {
                best = i;
                bestPreference = preference;
            }
        }

        return best;
    }

    private static OciException NotFound(Platform wanted, IReadOnlyList<Descriptor> children, ImageReference about)
    {
        string[] there = [.. children
            .Where(child => child is { Platform: not null, IsAttestation: false })
            .Select(child => child.Platform!.ToString())
            .Distinct()];

        var message = new StringBuilder();
        message.Append(CultureInfo.InvariantCulture, $"{about} has no image for {wanted}. ");
        if (there.Length == 0)
        {
            message.Append("Its index states no platforms; ask for the index itself, or for one of its digests.");
        }
        else
        {
            message.Append("Choose from ").AppendJoin(", ", there.Take(MaximumListed));
            if (there.Length > MaximumListed)
                message.Append(CultureInfo.InvariantCulture, $" and {there.Length - MaximumListed} more");
            message.Append('.');
        }

        return new OciException(OciErrorCode.PlatformNotFound, message.ToString(), about);
    }
}
