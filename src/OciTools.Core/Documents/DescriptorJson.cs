using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools;

/// <summary>Reads and writes descriptors (OCI image specification 1.1, descriptor.md).</summary>
internal static class DescriptorJson
{
    /// <summary>Reads a descriptor.</summary>
    /// <param name="element">The JSON value.</param>
    /// <param name="path">Where it stands in its document, for messages: <c>layers[3]</c>.</param>
    /// <exception cref="FormatException">
    /// It is malformed; the message is a clause that names the member by its path.
    /// </exception>
    public static Descriptor Read(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"'{path}' is not an object");

        string digestPath = JsonMembers.Join(path, "digest");
        string sizePath = JsonMembers.Join(path, "size");
        Digest digest = element.Find("digest")?.ReadDigest(digestPath) ?? throw JsonMembers.Missing(digestPath);
        long size = element.FindInteger("size", path) ?? throw JsonMembers.Missing(sizePath);
        if (size < 0)
            throw new FormatException($"'{sizePath}' is negative");
        if (size > ContentLimits.Content)
            throw new FormatException($"'{sizePath}' is {size}, more than any content has");

        return new Descriptor
        {
            MediaType = element.RequireText("mediaType", path),
            Digest = digest,
            Size = size,
            Platform = element.FindObject("platform", path) is { } platform
                ? ReadPlatform(platform, JsonMembers.Join(path, "platform"))
                : null,
            ArtifactType = element.FindText("artifactType", path),
            Annotations = element.FindMap("annotations", path),
            Urls = element.FindTexts("urls", path),
            Data = ReadData(element, digest, size, path),
        };
    }

    /// <summary>Writes a descriptor as a JSON object.</summary>
    public static void Write(Utf8JsonWriter writer, Descriptor descriptor)
    {
        writer.WriteStartObject();
        writer.WriteString("mediaType", descriptor.MediaType);
        writer.WriteString("digest", descriptor.Digest.ToString());
        writer.WriteNumber("size", descriptor.Size);
        if (descriptor.Urls.Count > 0)
            WriteTexts(writer, "urls", descriptor.Urls);
        if (descriptor.Annotations.Count > 0)
        {
            writer.WriteStartObject("annotations");
            foreach ((string key, string value) in descriptor.Annotations)
                writer.WriteString(key, value);
            writer.WriteEndObject();
        }

        if (descriptor.Data is { } data)
            writer.WriteBase64String("data", data.Span);
        if (descriptor.ArtifactType is not null)
            writer.WriteString("artifactType", descriptor.ArtifactType);
        if (descriptor.Platform is not null)
            WritePlatform(writer, descriptor.Platform);
        writer.WriteEndObject();
    }

    /// <summary>Makes a node of a descriptor, to be put into a document that is edited.</summary>
    public static JsonNode ToNode(Descriptor descriptor) =>
        JsonNode.Parse(DocumentWriter.Write(writer => Write(writer, descriptor)))!;

    /// <summary>Makes a JSON value of a descriptor, to be put beside others that were read.</summary>
    public static JsonElement ToElement(Descriptor descriptor) =>
        JsonElement.Parse(DocumentWriter.Write(writer => Write(writer, descriptor)));

    /// <summary>Reads the members that say what an image runs on; a config has them too.</summary>
    /// <returns>A platform whose unstated parts are <c>unknown</c>.</returns>
    public static Platform ReadPlatform(JsonElement element, string path) => new()
    {
        Os = element.FindText("os", path) is { Length: > 0 } os ? os : Platform.Unknown,
        Architecture = element.FindText("architecture", path) is { Length: > 0 } architecture
            ? architecture
            : Platform.Unknown,
        Variant = element.FindText("variant", path) is { Length: > 0 } variant ? variant : null,
        OsVersion = element.FindText("os.version", path) is { Length: > 0 } version ? version : null,
        OsFeatures = element.FindTexts("os.features", path),
    };

    private static ReadOnlyMemory<byte>? ReadData(JsonElement element, Digest digest, long size, string path)
    {
        if (element.Find("data") is not { } value)
            return null;

        string dataPath = JsonMembers.Join(path, "data");
        if (value.ValueKind != JsonValueKind.String || !value.TryGetBytesFromBase64(out byte[]? data))
            throw new FormatException($"'{dataPath}' is not base64");
        if (data.Length != size || !Digest.Compute(data, digest.Algorithm).Equals(digest))
            throw new FormatException($"'{dataPath}' does not have the size and digest that stand beside it");

        return data;
    }

    private static void WritePlatform(Utf8JsonWriter writer, Platform platform)
    {
        writer.WriteStartObject("platform");
        writer.WriteString("architecture", platform.Architecture);
        writer.WriteString("os", platform.Os);
        if (platform.OsVersion is not null)
            writer.WriteString("os.version", platform.OsVersion);
        if (platform.OsFeatures.Count > 0)
            WriteTexts(writer, "os.features", platform.OsFeatures);
        if (platform.Variant is not null)
            writer.WriteString("variant", platform.Variant);
        writer.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IReadOnlyList<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (string text in texts)
            writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
