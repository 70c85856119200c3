using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>
/// What is in a registry, layout or archive. It is read by code that shares nothing with what is tested.
/// </summary>
internal sealed class Holdings
{
    private readonly Dictionary<string, Tagged> _tags;
    private readonly Dictionary<string, byte[]> _contents = [];
    private readonly List<Flaw> _broken = [];

    private Holdings(Dictionary<string, Tagged> tags, IEnumerable<(string Name, byte[] Bytes, string Digest)> contents)
    {
        _tags = tags;
        foreach ((string name, byte[] bytes, string digest) in contents)
        {
            _contents.Add(name, bytes);
            if (digest != name)
                _broken.Add(new Flaw(name, $"{name} has other bytes"));
        }
    }

    /// <summary>The digests of the images, by their tags.</summary>
    public IReadOnlyDictionary<string, string> Tags => _tags.ToDictionary(tag => tag.Key, tag => tag.Value.Root);

    /// <summary>The digests of all content.</summary>
    public IReadOnlyCollection<string> Names => _contents.Keys;

    public static Holdings OfRegistry(TestRegistry registry, string repository)
    {
        Dictionary<string, Tagged> tags = registry.GetTags(repository).ToDictionary(tag => tag, tag =>
        {
            string digest = registry.GetManifest(repository, tag)!.Value.Digest.ToString();
            return new Tagged(digest, digest);
        });
        var blobs =
            from digest in registry.GetBlobs(repository)
            let bytes = registry.GetBlob(repository, digest)!
            select (digest.ToString(), bytes, Hash(bytes));
        var documents =
            from digest in registry.GetManifests(repository)
            let bytes = registry.GetManifest(repository, digest.ToString())!.Value.Bytes
            select (digest.ToString(), bytes, HashUnsigned(bytes));
        return new Holdings(tags, [.. blobs, .. documents]);
    }

    public static Holdings OfLayout(string path)
    {
        string index = Path.Combine(path, "index.json");
        string blobs = Path.Combine(path, "blobs");
        string[] files = Directory.Exists(blobs)
            ? Directory.GetFiles(blobs, "*", SearchOption.AllDirectories)
            : [];
        return new Holdings(
            ReadTags(File.Exists(index) ? File.ReadAllBytes(index) : null),
            from file in files
            let bytes = File.ReadAllBytes(file)
            select (NameOf(Path.GetRelativePath(blobs, file)), bytes, Hash(bytes)));
    }

    public static Holdings OfArchive(string path)
    {
        Dictionary<string, byte[]> files = ReadTar(path);
        return new Holdings(
            ReadTags(files.GetValueOrDefault("index.json")),
            from file in files
            where file.Key.StartsWith("blobs/", StringComparison.Ordinal)
            select (NameOf(file.Key["blobs/".Length..]), file.Value, Hash(file.Value)));
    }

    /// <summary>What looks whole and is not.</summary>
    /// <param name="known">All images that may be there.</param>
    /// <param name="conversion">What an image that is none of them must be.</param>
    public IEnumerable<Flaw> FindFlaws(IReadOnlyDictionary<string, TestImage> known, Conversion? conversion) =>
        _broken.Concat(_tags.SelectMany(tag => FindFlaws(tag.Key, tag.Value, known, conversion)));

    private IEnumerable<Flaw> FindFlaws(
        string tag, Tagged tagged, IReadOnlyDictionary<string, TestImage> known, Conversion? conversion)
    {
        if (!_contents.TryGetValue(tagged.Name, out byte[]? bytes))
            return [Missing(tagged.Name)];
        if (HashUnsigned(bytes) != tagged.Root)
            return [new Flaw(tagged.Name, $"{tag} is {tagged.Root}, and {tagged.Name} is another image")];
        if (known.TryGetValue(tagged.Root, out TestImage? image))
        {
            return image.Contents.Select(content => content.Descriptor.Digest.ToString())
                .Where(digest => digest != tagged.Root && !_contents.ContainsKey(digest)).Select(Missing);
        }

        return conversion?.FindMissing(bytes, _contents)?.Select(Missing)
            ?? [new Flaw(tagged.Root, $"{tag} is {tagged.Root}, which is none of the images")];

        Flaw Missing(string digest) => new(digest, $"{tag} is {tagged.Root}, and its {digest} is missing");
    }

    private static Dictionary<string, Tagged> ReadTags(byte[]? index)
    {
        if (index is null)
            return [];
        using JsonDocument json = JsonDocument.Parse(index);
        return json.RootElement.GetProperty("manifests").EnumerateArray().ToDictionary(
            entry => entry.GetProperty("annotations").GetProperty("org.opencontainers.image.ref.name").GetString()!,
            entry =>
            {
                string name = entry.GetProperty("digest").GetString()!;
                // An image that is signed as in schema 1 has another digest in a registry than its file.
                entry.GetProperty("annotations").TryGetProperty("vnd.ocitools.registry.digest", out JsonElement root);
                return new Tagged(root.ValueKind == JsonValueKind.String ? root.GetString()! : name, name);
            });
    }

    private static Dictionary<string, byte[]> ReadTar(string path)
    {
        var files = new Dictionary<string, byte[]>();
        if (!File.Exists(path))
            return files;
        using var tar = new TarReader(File.OpenRead(path));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                continue;
            using var bytes = new MemoryStream();
            entry.DataStream?.CopyTo(bytes);
            files.Add(entry.Name, bytes.ToArray());
        }

        return files;
    }

    private static string NameOf(string path) => path.Replace(Path.DirectorySeparatorChar, ':').Replace('/', ':');

    private static string Hash(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";

    /// <summary>The digest that a registry gives a document: when it is signed, that of what is signed.</summary>
    private static string HashUnsigned(byte[] document) => Hash(Schema1Signature.Remove(document));

    /// <param name="Root">The digest of the image.</param>
    /// <param name="Name">The name that it is kept under.</param>
    private sealed record Tagged(string Root, string Name);
}
