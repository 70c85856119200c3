using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace OciTools.RootFs;

/// <summary>
/// Names on a disk that does not tell upper from lower case, or does not take all names: of names that would be the
/// same there, all but the first get a number. It holds the names of all that is there.
/// </summary>
/// <param name="map">Gives a name that the disk takes.</param>
internal sealed class MappedNames(Func<string, string> map) : TargetNames
{
    private const int FirstNumber = 2;

    private readonly Level _root = new();

    /// <inheritdoc/>
    public override string Get(string folder, string name)
    {
        Level level = FindLevel(folder, isNeeded: true)!;
        if (level.Children.TryGetValue(name, out Level? known))
            return known.Stored;

        string mapped = map(name);
        string stored = mapped;
        while (level.Taken.ContainsKey(Fold(stored)))
        {
            // Numbers go on from the last one, so that many names that are the same there do not cost more and more.
            ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(
                level.Numbers, Fold(mapped), out bool isOld);
            number = isOld ? number + 1 : FirstNumber;
            stored = string.Create(CultureInfo.InvariantCulture, $"{mapped}%~{number}");
        }

        level.Taken.Add(Fold(stored), name);
        level.Children.Add(name, new Level { Stored = stored });
        return stored;
    }

    /// <inheritdoc/>
    public override string? Find(string folder, string name) =>
        FindLevel(folder, isNeeded: false)?.Children.GetValueOrDefault(name)?.Stored;

    /// <inheritdoc/>
    public override void Forget(string folder, string name)
    {
        if (FindLevel(folder, isNeeded: false) is { } level && level.Children.Remove(name, out Level? child))
            level.Taken.Remove(Fold(child.Stored));
    }

    /// <inheritdoc/>
    public override string FromStored(string folder, string stored) =>
        FindLevel(folder, isNeeded: false)?.Taken.GetValueOrDefault(Fold(stored)) ?? stored;

    private Level? FindLevel(string folder, bool isNeeded)
    {
        Level level = _root;
        foreach (string part in folder.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (level.Children.TryGetValue(part, out Level? child))
            {
                level = child;
                continue;
            }

            if (!isNeeded)
                return null;
            throw new InvalidOperationException($"The folder of '{part}' has not been made.");
        }

        return level;
    }

    /// <summary>macOS takes the forms of Unicode for the same, too.</summary>
    private static string Fold(string name)
    {
        bool canNormalize = !TarText.HasEscapes(name);
        return (canNormalize ? name.Normalize(NormalizationForm.FormC) : name).ToUpperInvariant();
    }

    private sealed class Level
    {
        public string Stored { get; init; } = "";

        public Dictionary<string, Level> Children { get; } = new(StringComparer.Ordinal);

        /// <summary>The names in the image by their folded names on the disk.</summary>
        public Dictionary<string, string> Taken { get; } = new(StringComparer.Ordinal);

        /// <summary>The last number that a folded name was given.</summary>
        public Dictionary<string, int> Numbers { get; } = new(StringComparer.Ordinal);
    }
}
