using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Testing;

/// <summary>Makes small images; the same seed gives the same bytes.</summary>
public static class TestImages
{
    /// <summary>The type of in-toto statements, the layers of attestations.</summary>
    public const string InToto = "application/vnd.in-toto+json";

    private static readonly JsonSerializerOptions s_indented = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Dictionary<string, string> s_noAnnotations = [];

    /// <summary>linux/amd64.</summary>
    public static Platform Amd64 { get; } = new() { Os = "linux", Architecture = "amd64" };

    /// <summary>linux/arm64/v8.</summary>
    public static Platform Arm64 { get; } = new() { Os = "linux", Architecture = "arm64", Variant = "v8" };

    /// <summary>linux/arm/v7.</summary>
    public static Platform Arm { get; } = new() { Os = "linux", Architecture = "arm", Variant = "v7" };

    /// <summary>windows/amd64 of Server 2022.</summary>
    public static Platform Windows { get; } =
        new() { Os = "windows", Architecture = "amd64", OsVersion = "10.0.20348.2402" };

    /// <summary>The platform of entries that are no images, such as attestations.</summary>
    public static Platform Unknown { get; } = new() { Os = "unknown", Architecture = "unknown" };

    /// <summary>An OCI image for one platform.</summary>
    /// <param name="seed">What its layers are made from.</param>
    /// <param name="platform">The platform, linux/amd64 by default.</param>
    /// <param name="layers">How many layers, two by default.</param>
    public static TestImage Single(int seed = 1, Platform? platform = null, int layers = 2) =>
        Single([.. Enumerable.Range(0, layers).Select(i => TestLayer.FromSeed((seed * 1000) + i))], platform);

    /// <summary>An OCI image of given layers.</summary>
    public static TestImage Single(IReadOnlyList<TestLayer> layers, Platform? platform = null) =>
        Image(layers, platform ?? Amd64, MediaTypes.OciManifest, MediaTypes.OciConfig, MediaTypes.OciLayerGzip);

    /// <summary>A Docker image, schema 2.</summary>
    public static TestImage DockerSingle(int seed = 1, Platform? platform = null) => Image(
        [TestLayer.FromSeed((seed * 1000) + 500), TestLayer.FromSeed((seed * 1000) + 501)],
        platform ?? Amd64,
        MediaTypes.DockerManifest,
        MediaTypes.DockerConfig,
        MediaTypes.DockerLayerGzip);

    /// <summary>
    /// An OCI index: linux/amd64, linux/arm64/v8, linux/arm/v7, windows/amd64 with an os.version, and an attestation of
    /// the first. The images share a layer.
    /// </summary>
    public static TestImage MultiPlatform(int seed = 1)
    {
        var shared = TestLayer.FromSeed((seed * 1000) + 999);
        Platform[] platforms = [Amd64, Arm64, Arm, Windows];
        List<TestImage> images =
            [.. platforms.Select((p, i) => Single([shared, TestLayer.FromSeed((seed * 1000) + 100 + i)], p))];
        images.Add(Attestation(images[0]));
        return Index(images);
    }

    /// <summary>A Docker manifest list: linux/amd64, linux/arm64/v8, linux/arm/v7.</summary>
    public static TestImage DockerManifestList(int seed = 1) => Index(
        [DockerSingle(seed, Amd64), DockerSingle(seed + 1, Arm64), DockerSingle(seed + 2, Arm)],
        MediaTypes.DockerManifestList);

    /// <summary>An index of an image and of another index.</summary>
    public static TestImage NestedIndex(int seed = 1) =>
        Index([Single(seed), Index([Single(seed + 1, Arm64), Single(seed + 2, Arm)])]);

    /// <summary>An index of given images or indexes.</summary>
    public static TestImage Index(IReadOnlyList<TestImage> children, string mediaType = MediaTypes.OciIndex)
    {
        var json = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = mediaType,
            ["manifests"] = new JsonArray([.. children.Select(child => ToJson(child.Root))]),
        };
        return Close(json, mediaType, children.SelectMany(child => child.Contents));
    }

    /// <summary>An artifact with a type of its own and the empty config.</summary>
    public static TestImage Artifact(
        int seed = 1, string artifactType = "application/vnd.example.thing", Descriptor? subject = null)
    {
        TestContent config = Content("{}"u8.ToArray(), MediaTypes.OciEmpty);
        TestContent layer = Content(Encoding.UTF8.GetBytes($"content of artifact {seed}"), "text/plain");
        JsonObject json = Manifest(MediaTypes.OciManifest, config, [layer]);
        json["artifactType"] = artifactType;
        if (subject is not null)
            json["subject"] = ToJson(subject with { Platform = null, Annotations = s_noAnnotations });
        json["annotations"] = new JsonObject { ["org.example.seed"] = $"{seed}" };
        TestImage image = Close(json, MediaTypes.OciManifest, [config, layer]);
        return new TestImage(image.Root with { ArtifactType = artifactType }, image.Contents);
    }

    /// <summary>An artifact that refers to an image: a signature, a bill of materials.</summary>
    public static TestImage Referrer(
        TestImage subject, int seed = 1, string artifactType = "application/vnd.example.sbom") =>
        Artifact(seed, artifactType, subject.Root);

    /// <summary>A Docker image whose first layer is only to be had from a URL.</summary>
    /// <returns>The image without that layer, and the layer.</returns>
    public static (TestImage Image, TestContent Foreign) WithForeignLayer(Uri url, int seed = 1)
    {
        var foreignLayer = TestLayer.FromSeed((seed * 1000) + 700);
        var layer = TestLayer.FromSeed((seed * 1000) + 701);
        TestContent config =
            Content(Config([foreignLayer, layer], Windows), MediaTypes.DockerConfig);
        TestContent foreign = Content(foreignLayer.Gzip, MediaTypes.DockerForeignLayerGzip);
        foreign = foreign with { Descriptor = foreign.Descriptor with { Urls = [url.ToString()] } };
        TestContent own = Content(layer.Gzip, MediaTypes.DockerLayerGzip);
        JsonObject json = Manifest(MediaTypes.DockerManifest, config, [foreign, own]);
        return (Close(json, MediaTypes.DockerManifest, [config, own]), foreign);
    }

    /// <summary>An image whose manifest has members that no specification knows, and odd white space.</summary>
    public static TestImage WithUnknownMembers(int seed = 1)
    {
        var layer = TestLayer.FromSeed((seed * 1000) + 800);
        TestContent config = Content(Config([layer], Amd64), MediaTypes.OciConfig);
        TestContent blob = Content(layer.Gzip, MediaTypes.OciLayerGzip);
        JsonObject json = Manifest(MediaTypes.OciManifest, config, [blob]);
        json["org.example.unknown"] = new JsonObject { ["deep"] = new JsonArray(1, "two", null) };
        json["layers"]![0]!["futureMember"] = true;

        // The default encoder escapes the plus sign of media types; the line ends on the right are part of the bytes.
        byte[] bytes = Encoding.UTF8.GetBytes($"\r\n{json.ToJsonString()}\t \n");
        TestContent manifest = Content(bytes, MediaTypes.OciManifest);
        return new TestImage(manifest.Descriptor, [config, blob, manifest]);
    }

    /// <summary>An index entry that is a statement about an image, as BuildKit writes it.</summary>
    public static TestImage Attestation(TestImage image)
    {
        TestContent config = Content(Config([], Unknown), MediaTypes.OciConfig);
        TestContent statement = Content(
            Encoding.UTF8.GetBytes($$"""{"_type":"https://in-toto.io/Statement/v0.1","subject":"{{image.Root}}"}"""),
            InToto);
        TestImage attestation = Close(
            Manifest(MediaTypes.OciManifest, config, [statement]), MediaTypes.OciManifest, [config, statement]);
        Descriptor root = attestation.Root with
        {
            Platform = Unknown,
            Annotations = new Dictionary<string, string>
            {
                ["vnd.docker.reference.digest"] = image.Root.Digest.ToString(),
                ["vnd.docker.reference.type"] = "attestation-manifest",
            },
        };
        return new TestImage(root, attestation.Contents);
    }

    internal static JsonObject ToJson(Descriptor descriptor)
    {
        var json = new JsonObject
        {
            ["mediaType"] = descriptor.MediaType,
            ["digest"] = descriptor.Digest.ToString(),
            ["size"] = descriptor.Size,
        };
        if (descriptor.ArtifactType is not null)
            json["artifactType"] = descriptor.ArtifactType;
        if (descriptor.Urls.Count > 0)
            json["urls"] = new JsonArray([.. descriptor.Urls.Select(url => JsonValue.Create(url))]);
        if (descriptor.Annotations.Count > 0)
        {
            json["annotations"] = new JsonObject(
                descriptor.Annotations.Select(a => KeyValuePair.Create<string, JsonNode?>(a.Key, a.Value)));
        }

        if (descriptor.Platform is Platform platform)
            json["platform"] = AddPlatform([], platform);
        return json;
    }

    private static TestImage Image(
        IReadOnlyList<TestLayer> layers, Platform platform, string manifestType, string configType, string layerType)
    {
        TestContent config = Content(Config(layers, platform), configType);
        TestContent[] blobs = [.. layers.Select(layer => Content(layer.Gzip, layerType))];
        TestImage image = Close(Manifest(manifestType, config, blobs), manifestType, [config, .. blobs]);
        return new TestImage(image.Root with { Platform = platform }, image.Contents);
    }

    private static JsonObject Manifest(string mediaType, TestContent config, IEnumerable<TestContent> layers) => new()
    {
        ["schemaVersion"] = 2,
        ["mediaType"] = mediaType,
        ["config"] = ToJson(config.Descriptor),
        ["layers"] = new JsonArray([.. layers.Select(layer => ToJson(layer.Descriptor))]),
    };

    private static byte[] Config(IReadOnlyList<TestLayer> layers, Platform platform)
    {
        JsonObject json = AddPlatform(new JsonObject { ["created"] = "2024-01-02T03:04:05Z" }, platform);
        json["config"] = new JsonObject
        {
            ["Env"] = new JsonArray("PATH=/usr/bin"),
            ["Cmd"] = new JsonArray("/bin/sh"),
        };
        json["rootfs"] = new JsonObject
        {
            ["type"] = "layers",
            ["diff_ids"] = new JsonArray([.. layers.Select(layer => JsonValue.Create(layer.DiffId.ToString()))]),
        };
        json["history"] = new JsonArray([.. layers.Select((_, i) => new JsonObject
        {
            ["created"] = "2024-01-02T03:04:05Z",
            ["created_by"] = $"COPY layer {i} /",
        })]);
        return Encoding.UTF8.GetBytes(json.ToJsonString(s_indented));
    }

    private static JsonObject AddPlatform(JsonObject json, Platform platform)
    {
        json["architecture"] = platform.Architecture;
        json["os"] = platform.Os;
        if (platform.Variant is not null)
            json["variant"] = platform.Variant;
        if (platform.OsVersion is not null)
            json["os.version"] = platform.OsVersion;
        if (platform.OsFeatures.Count > 0)
            json["os.features"] = new JsonArray([.. platform.OsFeatures.Select(f => JsonValue.Create(f))]);
        return json;
    }

    private static TestImage Close(JsonObject document, string mediaType, IEnumerable<TestContent> contents)
    {
        TestContent root = Content(Encoding.UTF8.GetBytes(document.ToJsonString(s_indented)), mediaType);
        return new TestImage(root.Descriptor, [.. contents, root]);
    }

    private static TestContent Content(byte[] bytes, string mediaType) =>
        new(new Descriptor { MediaType = mediaType, Digest = Digest.Compute(bytes), Size = bytes.Length }, bytes);
}
