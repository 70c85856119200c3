using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Registry.Auth;
using OciTools.Tests.Support;

namespace OciTools.Tests.Operations;

/// <summary>An image of layers that a test makes by hand, in a layout.</summary>
internal sealed class LayeredImage : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    /// <summary>Writes the image.</summary>
    /// <param name="tars">The layers, the lowest first. They are packed with gzip.</param>
    public LayeredImage(params byte[][] tars)
        : this(tars, config => config)
    {
    }

    /// <summary>Writes the image, with a config that is changed first.</summary>
    public LayeredImage(byte[][] tars, Func<JsonObject, JsonObject> edit, string configType = MediaTypes.OciConfig)
    {
        Layers = [.. tars.Select(tar => AddBlob(Pack(tar)))];
        DiffIds = [.. tars.Select(tar => Digest.Compute(tar))];
        JsonObject config = edit(new JsonObject
        {
            ["os"] = "linux",
            ["architecture"] = "amd64",
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = new JsonArray([.. DiffIds.Select(digest => JsonValue.Create($"{digest}"))]),
            },
            ["history"] = new JsonArray([.. tars.Select((_, i) => new JsonObject { ["created_by"] = $"step {i}" })]),
        });
        Digest manifest = AddBlob(Encoding.UTF8.GetBytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = Describe(AddBlob(Encoding.UTF8.GetBytes(config.ToJsonString())), configType),
            ["layers"] = new JsonArray([.. Layers.Select(layer => Describe(layer, MediaTypes.OciLayerGzip))]),
        }.ToJsonString()));
        JsonObject entry = Describe(manifest, MediaTypes.OciManifest);
        entry["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "t" };
        File.WriteAllText(_directory.Combine("oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        File.WriteAllText(_directory.Combine("index.json"), new JsonObject
        {
            ["schemaVersion"] = 2,
            ["manifests"] = new JsonArray(entry),
        }.ToJsonString());
    }

    /// <summary>A session that knows no credentials.</summary>
    public static OciSession Session { get; } = new(
        new HttpClientSource(),
        new CredentialEnvironment(_ => null, Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));

    public ImageReference Reference => ImageReference.ForLayout(_directory.Path, "t");

    /// <summary>The digests of the layers, the lowest first.</summary>
    public IReadOnlyList<Digest> Layers { get; }

    public IReadOnlyList<Digest> DiffIds { get; }

    /// <summary>Makes a layer unreadable, so that a test fails that reads it.</summary>
    public void RemoveLayer(int layer) => File.Delete(PathOf(Layers[layer]));

    /// <summary>Replaces the bytes of a layer.</summary>
    public void DamageLayer(int layer, byte[] tar)
    {
        byte[] packed = Pack(tar);
        Array.Resize(ref packed, (int)new FileInfo(PathOf(Layers[layer])).Length);
        File.WriteAllBytes(PathOf(Layers[layer]), packed);
    }

    public void Dispose() => _directory.Dispose();

    private Digest AddBlob(byte[] content)
    {
        var digest = Digest.Compute(content);
        Directory.CreateDirectory(_directory.Combine("blobs", "sha256"));
        File.WriteAllBytes(PathOf(digest), content);
        return digest;
    }

    private string PathOf(Digest digest) => _directory.Combine("blobs", "sha256", digest.Hex);

    private JsonObject Describe(Digest digest, string mediaType) => new()
    {
        ["mediaType"] = mediaType,
        ["digest"] = $"{digest}",
        ["size"] = new FileInfo(PathOf(digest)).Length,
    };

    private static byte[] Pack(byte[] tar)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(tar);
        return packed.ToArray();
    }
}
