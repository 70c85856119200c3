using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Layout;

/// <summary>
/// The <c>index.json</c> of a layout: what it lists, under which names, and how new entries are merged into it.
/// </summary>
/// <remarks>
/// Several entries may have one name. If each of them names a platform they are the platforms of one image, and the
/// name stands for an image index of them, which is composed when it is asked for; of two for the same platform the
/// last counts. If one of them names no platform, the last entry counts. Images of several repositories may have one
/// name
/// as well, which their full names tell apart; then the full name has to be given.
/// </remarks>
internal sealed class LayoutIndex
{
    /// <summary>An index.json may list thousands of images; what is larger is not read: 64 MiB.</summary>
    public const long SizeLimit = 64 * 1024 * 1024;

    private const string Manifests = "manifests";

    private readonly Lazy<Dictionary<Digest, RawDocument>> _composed;
    private readonly IReadOnlyList<NamedImage> _images;

    private LayoutIndex(ReadOnlyMemory<byte> bytes, IReadOnlyList<Descriptor> entries)
    {
        Bytes = bytes;
        Entries = entries;
        _images = [.. entries.Where(entry => IndexEntry.NameOf(entry) is not null)
            .GroupBy(IndexEntry.NameOf, StringComparer.Ordinal).SelectMany(SplitByFullName)];
        Names = [.. _images.Select(image => image.Name)];
        _composed = new(ComposeAll);
    }

    /// <summary>The index of a layout that lists nothing.</summary>
    public static LayoutIndex Empty { get; } = new("""{"schemaVersion":2,"manifests":[]}"""u8.ToArray(), []);

    /// <summary>The entries, in the order of the file.</summary>
    public IReadOnlyList<Descriptor> Entries { get; }

    /// <summary>
    /// The names, each once, in the order of the file; full names where images of several repositories share a name.
    /// </summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The bytes of the file.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Parses an index.json.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutInvalid"/>.</exception>
    public static LayoutIndex Parse(ReadOnlyMemory<byte> bytes, string path)
    {
        try
        {
            return Parse(bytes);
        }
        catch (FormatException exception)
        {
            throw new OciException(
                OciErrorCode.LayoutInvalid,
                $"'{path}' is not the index of an image layout: {exception.Message}. "
                + "Restore the file, or save the images again into an empty folder.",
                path,
                exception);
        }
    }

    /// <summary>Parses an index.json, wherever it comes from.</summary>
    /// <exception cref="FormatException">It is malformed; the message is a clause.</exception>
    public static LayoutIndex Parse(ReadOnlyMemory<byte> bytes)
    {
        using JsonDocument document = DocumentReader.Parse(bytes);
        DocumentReader.RefuseLookalikes(document.RootElement);
        return new LayoutIndex(bytes, ReadEntries(document.RootElement));
    }

    /// <summary>
    /// Looks a name up: a reference name, or the full name that containerd keeps, also as people write it. Null when
    /// images
    /// of several repositories have the reference name.
    /// </summary>
    public Descriptor? Find(string name)
    {
        if (_images.FirstOrDefault(image => image.Name == name) is { } exact)
            return Choose(exact.Entries);
        string? full = ImageReference.TryParse(name, out ImageReference? reference) ? reference.ToString() : null;
        return _images.FirstOrDefault(image => image.FullName == name || (full is not null && image.FullName == full))
            is { } found
            ? Choose(found.Entries)
            : Entries.LastOrDefault(entry => IndexEntry.ContainerdNameOf(entry) == name);
    }

    /// <summary>Whether the name is a reference name that images of several repositories have.</summary>
    public bool IsAmbiguous(string name) =>
        Find(name) is null && Entries.Any(entry => IndexEntry.NameOf(entry) == name);

    /// <summary>Looks a digest up.</summary>
    public Descriptor? Find(Digest digest) =>
        Entries.LastOrDefault(entry => IndexEntry.IsKnownAs(entry, digest)) ?? Composed(digest)?.ToDescriptor();

    /// <summary>
    /// The image that is meant when none is named: the only one, where artifacts without a name, such as signatures, do
    /// not count. Null when there is none or more than one.
    /// </summary>
    public Descriptor? FindOnly()
    {
        List<Descriptor> images =
            [.. Entries.Where(entry => IndexEntry.NameOf(entry) is not null || entry.ArtifactType is null)];
        if (_images is [NamedImage only] && images.All(only.Entries.Contains))
            return Choose(only.Entries);
        IEnumerable<Descriptor> candidates = images.Count > 0 ? images : Entries;
        return candidates.DistinctBy(entry => entry.Digest).Take(2).ToList() is [Descriptor single] ? single : null;
    }

    /// <summary>The composed index of the platforms of one name, by its digest; null when there is none.</summary>
    public RawDocument? Composed(Digest digest) => _composed.Value.GetValueOrDefault(digest);

    /// <summary>
    /// Adds entries. A name moves to its new entry; all else in the file stays as it is, unknown fields included.
    /// </summary>
    /// <returns>This index when nothing changes.</returns>
    /// <remarks>
    /// A new entry takes the place of those with the same name, except of those for another platform: the platforms of
    /// one image may be saved one by one. An entry without a name is added only if nothing lists its digest.
    /// </remarks>
    public LayoutIndex Merge(IReadOnlyList<Descriptor> additions)
    {
        using JsonDocument document = JsonDocument.Parse(Bytes);
        JsonElement root = document.RootElement;
        List<JsonElement> manifests = [.. root.Find(Manifests)?.EnumerateArray() ?? default];
        List<Descriptor> entries = [.. Entries];
        bool changed = false;
        foreach (Descriptor addition in additions)
            changed |= Merge(addition, entries, manifests);

        return changed ? new LayoutIndex(Write(root, manifests), entries) : this;
    }

    /// <summary>
    /// Writes the index with other manifests; those that stay go over as they are, for they may be many.
    /// </summary>
    private static byte[] Write(JsonElement root, List<JsonElement> manifests) => DocumentWriter.Write(writer =>
    {
        writer.WriteStartObject();
        foreach (JsonProperty member in root.EnumerateObject().Where(member => !member.IsCalled(Manifests)))
            member.WriteTo(writer);
        writer.WriteStartArray(Manifests);
        foreach (JsonElement manifest in manifests)
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(manifest), skipInputValidation: true);
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static bool Merge(Descriptor addition, List<Descriptor> entries, List<JsonElement> manifests)
    {
        string? name = IndexEntry.NameOf(addition);
        List<int> replaced = [.. Enumerable.Range(0, entries.Count).Where(i => name is null
            ? entries[i].Digest.Equals(addition.Digest)
            : IndexEntry.NameOf(entries[i]) == name
                && IsSameRepository(entries[i], addition)
                && IsSamePlatform(entries[i], addition))];
        bool isListed = name is null
            ? replaced.Count > 0
            : replaced is [int only] && entries[only].Digest.Equals(addition.Digest)
                && (addition.Platform is null || entries[only].Platform is not null);
        if (isListed)
            return false;

        int place = replaced.Count > 0 ? replaced[0] : entries.Count;
        for (int i = replaced.Count - 1; i >= 0; i--)
        {
            entries.RemoveAt(replaced[i]);
            manifests.RemoveAt(replaced[i]);
        }

        entries.Insert(place, addition);
        manifests.Insert(place, DescriptorJson.ToElement(addition));
        return true;
    }

    private static bool IsSameRepository(Descriptor one, Descriptor other) =>
        IndexEntry.ContainerdNameOf(one) is not { } first
        || IndexEntry.ContainerdNameOf(other) is not { } second
        || first == second;

    private static bool IsSamePlatform(Descriptor one, Descriptor other) =>
        one.Platform is null || other.Platform is null || one.Platform.Equals(other.Platform);

    private static IReadOnlyList<Descriptor> ReadEntries(JsonElement root)
    {
        if (root.FindInteger("schemaVersion", "") != 2)
            throw new FormatException("its 'schemaVersion' is not 2");
        if (root.FindText("mediaType", "") is not (null or MediaTypes.OciIndex))
            throw new FormatException($"its 'mediaType' is not {MediaTypes.OciIndex}");
        return root.FindList(Manifests, "", DescriptorJson.Read);
    }

    private static Descriptor Choose(IReadOnlyList<Descriptor> group) =>
        PlatformsOf(group) is { Count: > 1 } platforms ? Compose(platforms).ToDescriptor() : group[^1];

    /// <summary>The last entry for each platform; empty when one names no platform.</summary>
    private static List<Descriptor> PlatformsOf(IReadOnlyList<Descriptor> group)
    {
        var platforms = new Dictionary<Platform, Descriptor>();
        foreach (Descriptor entry in group)
        {
            if (entry.Platform is null)
                return [];
            platforms[entry.Platform] = entry;
        }

        return [.. platforms.Values.DistinctBy(entry => entry.Digest)];
    }

    private static RawDocument Compose(IReadOnlyList<Descriptor> platforms)
    {
        var index = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciIndex,
            [Manifests] = new JsonArray([.. platforms.Select(entry => DescriptorJson.ToNode(WithoutName(entry)))]),
        };
        return RawDocument.Create(DocumentWriter.Write(index), MediaTypes.OciIndex);
    }

    private static Descriptor WithoutName(Descriptor entry) => entry with
    {
        Annotations = entry.Annotations.Where(pair => pair.Key is not
            (IndexEntry.NameAnnotation or IndexEntry.ContainerdNameAnnotation)).ToDictionary(),
    };

    private static IEnumerable<NamedImage> SplitByFullName(IGrouping<string?, Descriptor> group)
    {
        List<Descriptor> entries = [.. group];
        List<string?> fullNames = [.. entries.Select(IndexEntry.ContainerdNameOf).Distinct()];
        return fullNames.OfType<string>().Count() < 2
            ? [new NamedImage(group.Key!, fullNames.OfType<string>().FirstOrDefault(), entries)]
            : fullNames.Select(full => new NamedImage(
                full ?? group.Key!, full, [.. entries.Where(entry => IndexEntry.ContainerdNameOf(entry) == full)]));
    }

    private Dictionary<Digest, RawDocument> ComposeAll() => _images
        .Select(image => PlatformsOf(image.Entries))
        .Where(platforms => platforms.Count > 1)
        .Select(Compose)
        .DistinctBy(document => document.Digest)
        .ToDictionary(document => document.Digest);

    /// <summary>The entries of one name: one image, or the platforms of one.</summary>
    private sealed record NamedImage(string Name, string? FullName, IReadOnlyList<Descriptor> Entries);
}
