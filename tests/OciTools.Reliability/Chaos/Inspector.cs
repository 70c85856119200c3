using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>
/// Looks at what is at the destination and compares it with the bytes in memory. It shares no code with what is tested.
/// </summary>
internal sealed class Inspector(Stage stage)
{
    /// <summary>Whether an archive is there: it is not put in place before it is whole.</summary>
    public bool HasArchive => File.Exists(stage.DestinationArchive);

    /// <summary>What is wrong after a job that says that it succeeded.</summary>
    public IEnumerable<string> Check(Digest digest)
    {
        if (!stage.Known.ContainsKey(digest))
            return [$"the result says {digest}, which is none of the images"];
        string? found = FindTagged().GetValueOrDefault(Stage.Tag);
        return found == digest.ToString()
            ? FindFlaws()
            : [$"{Stage.Tag} is {found ?? "nothing"}, and the result says {digest}"];
    }

    /// <summary>What looks whole and is not.</summary>
    public IEnumerable<string> FindFlaws() =>
    [
        .. ReadBlobs().Where(blob => Hash(blob.Bytes) != blob.Digest).Select(blob => $"{blob.Digest} has other bytes"),
        .. FindTagged().SelectMany(tag => FindMissing(tag.Key, tag.Value)),
    ];

    private IEnumerable<string> FindMissing(string tag, string root)
    {
        if (!stage.Known.TryGetValue(Digest.Parse(root), out TestImage? image))
            return [$"{tag} is {root}, which is none of the images"];
        var held = ReadBlobs().Select(blob => blob.Digest).ToHashSet();
        return image.Contents.Select(content => content.Descriptor.Digest.ToString()).Where(d => !held.Contains(d))
            .Select(digest => $"{tag} is {root}, and its {digest} is missing");
    }

    private IEnumerable<(string Digest, byte[] Bytes)> ReadBlobs() =>
        stage.Destination is { } registry ? ReadRegistry(registry.Registry)
        : stage.Job.Kind.WritesLayout() ? ReadLayout()
        : ReadArchive().Where(entry => entry.Name.StartsWith("blobs/", StringComparison.Ordinal))
            .Select(entry => (entry.Name["blobs/".Length..].Replace('/', ':'), entry.Bytes));

    /// <summary>The digest that each tag points to.</summary>
    private Dictionary<string, string> FindTagged()
    {
        if (stage.Destination is { } to)
            return to.Registry.GetTags(Stage.Repository).ToDictionary(
                tag => tag, tag => to.Registry.GetManifest(Stage.Repository, tag)!.Value.Digest.ToString());
        if (!stage.Job.Kind.WritesLayout())
            return TagsOf(ReadArchive().FirstOrDefault(entry => entry.Name == "index.json").Bytes);
        string index = Path.Combine(stage.DestinationLayout, "index.json");
        return TagsOf(File.Exists(index) ? File.ReadAllBytes(index) : null);
    }

    private static Dictionary<string, string> TagsOf(byte[]? index)
    {
        if (index is null)
            return [];
        using JsonDocument json = JsonDocument.Parse(index);
        return json.RootElement.GetProperty("manifests").EnumerateArray().ToDictionary(
            entry => entry.GetProperty("annotations").GetProperty("org.opencontainers.image.ref.name").GetString()!,
            entry => entry.GetProperty("digest").GetString()!);
    }

    private static IEnumerable<(string Digest, byte[] Bytes)> ReadRegistry(TestRegistry registry) =>
    [
        .. registry.GetBlobs(Stage.Repository)
            .Select(digest => (digest.ToString(), registry.GetBlob(Stage.Repository, digest)!)),
        .. registry.GetManifests(Stage.Repository)
            .Select(digest => digest.ToString())
            .Select(digest => (digest, registry.GetManifest(Stage.Repository, digest)!.Value.Bytes)),
    ];

    private IEnumerable<(string Digest, byte[] Bytes)> ReadLayout()
    {
        string folder = Path.Combine(stage.DestinationLayout, "blobs");
        if (!Directory.Exists(folder))
            return [];
        return
            from path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            let digest = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, ':')
            select (digest, File.ReadAllBytes(path));
    }

    private IEnumerable<(string Name, byte[] Bytes)> ReadArchive()
    {
        if (!HasArchive)
            yield break;
        using var tar = new TarReader(File.OpenRead(stage.DestinationArchive));
        while (tar.GetNextEntry() is { } entry)
        {
            using var bytes = new MemoryStream();
            entry.DataStream?.CopyTo(bytes);
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                yield return (entry.Name, bytes.ToArray());
        }
    }

    private static string Hash(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
}
