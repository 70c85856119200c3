using System.Text;
using OciTools.Tests.Support;

namespace OciTools.Tests.Transfer;

/// <summary>Builds small graphs in a <see cref="MemoryStore"/> by writing their JSON by hand.</summary>
internal static class GraphFixture
{
    public static Descriptor AddLayer(this MemoryStore store, string content, string mediaType = MediaTypes.OciLayerGzip) =>
        store.AddBlob(Encoding.UTF8.GetBytes(content), mediaType);

    public static Descriptor AddImage(
        this MemoryStore store, string platform, IEnumerable<Descriptor> layers, string? tag =
            null, Descriptor? subject = null)
    {
        string[] parts = platform.Split('/');
        Descriptor config = store.AddBlob(
            Encoding.UTF8.GetBytes($$"""{"os":"{{parts[0]}}","architecture":"{{parts[1]}}"}"""), MediaTypes.OciConfig);
        string about = subject is null ? "" : $$""","subject":{{Json(subject)}}""";
        string manifest = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Json(config)}},
            "layers":[{{string.Join(',', layers.Select(Json))}}]{{about}}}
            """;
        Descriptor added = store.AddDocument(Encoding.UTF8.GetBytes(manifest), MediaTypes.OciManifest, tag);
        return added with { Platform = Platform.Parse(platform) };
    }

    public static Descriptor AddIndex(this MemoryStore store, IEnumerable<Descriptor> children, string? tag = null)
    {
        string index = $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}",
            "manifests":[{{string.Join(',', children.Select(Json))}}]}
            """;
        return store.AddDocument(Encoding.UTF8.GetBytes(index), MediaTypes.OciIndex, tag);
    }

    public static async Task<IReadOnlyList<Digest>> ClosureAsync(this MemoryStore store, Descriptor root)
    {
        var seen = new List<Digest>();
        var pending = new Queue<Descriptor>([root]);
        while (pending.TryDequeue(out Descriptor? current))
        {
            if (seen.Contains(current.Digest))
                continue;
            seen.Add(current.Digest);
            if (MediaTypes.IsDocument(current.MediaType))
            {
                RawDocument document = await store.ReadDocumentAsync(current, TestContext.Current.CancellationToken);
                foreach (Descriptor child in document.Children)
                    pending.Enqueue(child);
            }
        }

        return seen;
    }

    private static string Json(Descriptor descriptor)
    {
        string platform = descriptor.Platform is { } p
            ? $$""","platform":{"os":"{{p.Os}}","architecture":"{{p.Architecture}}"}"""
            : "";
        string urls = descriptor.Urls.Count > 0 ? $$""","urls":["{{descriptor.Urls[0]}}"]""" : "";
        string annotations = descriptor.Annotations.Count > 0
            ? $$""","annotations":{{{string.Join(',', descriptor.Annotations.Select(a => $"\"{a.Key}\":\"{a.Value}\""))}}}"""
            : "";
        return $$"""
            {"mediaType":"{{descriptor.MediaType}}","digest":"{{descriptor.Digest}}","size":{{descriptor.Size}}{{platform}}{{urls}}{{annotations}}}
            """;
    }
}
