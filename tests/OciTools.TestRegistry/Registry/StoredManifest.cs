using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Testing;

/// <summary>A manifest or index as it was put.</summary>
internal sealed class StoredManifest
{
    private StoredManifest(byte[] bytes, string mediaType, Digest digest, JsonObject? json)
    {
        Bytes = bytes;
        MediaType = mediaType;
        Digest = digest;
        Json = json;
    }

    public byte[] Bytes { get; }

    public string MediaType { get; }

    public Digest Digest { get; }

    /// <summary>Its JSON; null when it is none.</summary>
    public JsonObject? Json { get; }

    public Digest? Subject =>
        Digest.TryParse((Json?["subject"] as JsonObject)?["digest"]?.GetValue<string>(), out Digest? subject)
            ? subject
            : null;

    public static StoredManifest Create(byte[] bytes, string mediaType, string algorithm = Digest.Sha256)
    {
        JsonObject? json = null;
        try
        {
            json = JsonNode.Parse(bytes) as JsonObject;
            _ = json?.Count;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // Broken manifests are seeded on purpose; the PUT endpoint refuses them.
        }

        byte[] identity = MediaTypes.IsSchema1(mediaType) ? Schema1Signature.Remove(bytes) : bytes;
        return new StoredManifest(bytes, mediaType, Digest.Compute(identity, algorithm), json);
    }

    /// <summary>The entry of a referrers list (distribution specification 1.1, "Listing Referrers").</summary>
    public JsonObject ToReferrer()
    {
        var referrer = new JsonObject
        {
            ["mediaType"] = MediaType,
            ["digest"] = Digest.ToString(),
            ["size"] = Bytes.Length,
        };
        if (ArtifactType is string type)
            referrer["artifactType"] = type;
        if (Json?["annotations"] is JsonObject annotations)
            referrer["annotations"] = annotations.DeepClone();
        return referrer;
    }

    public string? ArtifactType =>
        Json?["artifactType"]?.GetValue<string>() is { Length: > 0 } type
            ? type
            : (Json?["config"] as JsonObject)?["mediaType"]?.GetValue<string>();
}
