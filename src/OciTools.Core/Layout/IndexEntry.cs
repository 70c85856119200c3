using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Layout;

/// <summary>Reads and writes the descriptors in an <c>index.json</c> (OCI image specification 1.1, descriptor.md).</summary>
internal static class IndexEntry
{
    /// <summary>The annotation that names an image (OCI image specification 1.1, annotations.md).</summary>
    public const string NameAnnotation = "org.opencontainers.image.ref.name";

    /// <summary>The annotation in which containerd and BuildKit keep the full name.</summary>
    public const string ContainerdNameAnnotation = "io.containerd.image.name";

    public static string? NameOf(Descriptor entry) => entry.Annotations.GetValueOrDefault(NameAnnotation);

    /// <summary>Reads an entry.</summary>
    /// <exception cref="FormatException">It is not a descriptor.</exception>
    public static Descriptor Read(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException("it is not an object");
        if (!Digest.TryParse(Text(json, "digest"), out Digest? digest))
            throw new FormatException("its digest is missing or not one of a registered algorithm");
        if (!json.TryGetProperty("size", out JsonElement sizeJson)
            || sizeJson.ValueKind != JsonValueKind.Number || !sizeJson.TryGetInt64(out long size) || size < 0)
            throw new FormatException("its size is missing or not a number of bytes");

        return new Descriptor
        {
            MediaType = Text(json, "mediaType") ?? throw new FormatException("its media type is missing"),
            Digest = digest,
            Size = size,
            Platform = ReadPlatform(json),
            ArtifactType = Text(json, "artifactType"),
            Annotations = ReadAnnotations(json),
        };
    }

    /// <summary>The JSON of an entry.</summary>
    public static JsonObject Write(Descriptor entry)
    {
        var json = new JsonObject
        {
            ["mediaType"] = entry.MediaType,
            ["digest"] = entry.Digest.ToString(),
            ["size"] = entry.Size,
        };
        if (entry.Platform is { } platform)
            json["platform"] = WritePlatform(platform);
        if (entry.ArtifactType is { } artifactType)
            json["artifactType"] = artifactType;
        if (entry.Annotations.Count > 0)
            json["annotations"] = new JsonObject(
                entry.Annotations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value))));
        return json;
    }

    private static JsonObject WritePlatform(Platform platform)
    {
        var json = new JsonObject { ["architecture"] = platform.Architecture, ["os"] = platform.Os };
        if (platform.OsVersion is { } version)
            json["os.version"] = version;
        if (platform.OsFeatures.Count > 0)
            json["os.features"] = new JsonArray([.. platform.OsFeatures.Select(feature => JsonValue.Create(feature))]);
        if (platform.Variant is { } variant)
            json["variant"] = variant;
        return json;
    }

    private static Platform? ReadPlatform(JsonElement json) =>
        json.TryGetProperty("platform", out JsonElement platform) && platform.ValueKind == JsonValueKind.Object
        && Text(platform, "os") is { Length: > 0 } os && Text(platform, "architecture") is { Length: > 0 } architecture
            ? new Platform
            {
                Os = os,
                Architecture = architecture,
                Variant = Text(platform, "variant"),
                OsVersion = Text(platform, "os.version"),
                OsFeatures = platform.TryGetProperty("os.features", out JsonElement features)
                    && features.ValueKind == JsonValueKind.Array
                        ? [.. features.EnumerateArray().Where(IsText).Select(feature => feature.GetString()!)]
                        : [],
            }
            : null;

    private static IReadOnlyDictionary<string, string> ReadAnnotations(JsonElement json)
    {
        if (!json.TryGetProperty("annotations", out JsonElement annotations)
            || annotations.ValueKind != JsonValueKind.Object)
            return Descriptor.EmptyAnnotations;
        return annotations.EnumerateObject().Where(pair => IsText(pair.Value))
            .ToDictionary(pair => pair.Name, pair => pair.Value.GetString()!, StringComparer.Ordinal);
    }

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && IsText(value) ? value.GetString() : null;

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;
}
