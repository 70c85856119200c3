using System.Text.Json.Nodes;

namespace OciTools.Testing;

/// <summary>An image with all its bytes, made by code that shares nothing with what is tested.</summary>
public sealed class TestImage
{
    private readonly Dictionary<Digest, byte[]> _bytes = [];

    internal TestImage(Descriptor root, IEnumerable<TestContent> contents)
    {
        Root = root;
        Contents = [.. contents.Where(content => _bytes.TryAdd(content.Descriptor.Digest, content.Bytes))];
    }

    /// <summary>The manifest or index at the top.</summary>
    public Descriptor Root { get; }

    /// <summary>The bytes of the manifest or index at the top.</summary>
    public byte[] RootBytes => _bytes[Root.Digest];

    /// <summary>All content, each digest once, what others refer to before them; the root is the last.</summary>
    /// <remarks>Foreign layers are not in it: see <see cref="TestImages.WithForeignLayer"/>.</remarks>
    public IReadOnlyList<TestContent> Contents { get; }

    /// <summary>The manifests and indexes.</summary>
    public IEnumerable<TestContent> Documents => Contents.Where(content => content.IsDocument);

    /// <summary>The configs, layers and other blobs.</summary>
    public IEnumerable<TestContent> Blobs => Contents.Where(content => !content.IsDocument);

    /// <summary>The root as a JSON object.</summary>
    public JsonObject Json => JsonOf(Root.Digest);

    /// <summary>The digests of the children of the root index, in its order.</summary>
    public IReadOnlyList<Digest> Children =>
        [.. Json["manifests"]!.AsArray().Select(child => Digest.Parse(child!["digest"]!.GetValue<string>()))];

    /// <summary>The bytes of a content.</summary>
    public byte[] this[Digest digest] => _bytes[digest];

    /// <summary>A document or config as a JSON object.</summary>
    public JsonObject JsonOf(Digest digest) => JsonNode.Parse(_bytes[digest])!.AsObject();

    /// <summary>The same image, as an index lists it for a platform.</summary>
    public TestImage For(Platform platform) => new(Root with { Platform = platform }, Contents);

    /// <summary>Puts all content in a repository, and tags the root unless the tag is null.</summary>
    public TestImage AddTo(TestRegistry registry, string repository, string? tag = "latest")
    {
        foreach (TestContent content in Contents)
        {
            string type = content.Descriptor.MediaType;
            string algorithm = content.Descriptor.Digest.Algorithm;
            if (content.IsDocument)
            {
                string? ownTag = content.Descriptor.Digest.Equals(Root.Digest) ? tag : null;
                registry.PutManifest(repository, ownTag, content.Bytes, type, algorithm);
            }
            else
            {
                registry.AddBlob(repository, content.Bytes, type, algorithm);
            }
        }

        return this;
    }

    /// <summary>Writes all content to an image layout directory, and adds the root to its <c>index.json</c>.</summary>
    /// <param name="directory">The directory; it is made if it is not there.</param>
    /// <param name="tag">The <c>org.opencontainers.image.ref.name</c>, or null for none.</param>
    public TestImage WriteLayout(string directory, string? tag = "latest")
    {
        foreach (TestContent content in Contents)
        {
            Digest digest = content.Descriptor.Digest;
            string folder = Path.Combine(directory, "blobs", digest.Algorithm);
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(Path.Combine(folder, digest.Hex), content.Bytes);
        }

        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        string indexPath = Path.Combine(directory, "index.json");
        JsonObject index = File.Exists(indexPath)
            ? JsonNode.Parse(File.ReadAllBytes(indexPath))!.AsObject()
            : new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray() };
        JsonObject entry = TestImages.ToJson(Root);
        if (tag is not null)
            entry["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = tag };
        index["manifests"]!.AsArray().Add(entry);
        File.WriteAllText(indexPath, index.ToJsonString());
        return this;
    }
}
