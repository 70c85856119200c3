using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools;

/// <summary>Writes the documents that we author: UTF-8 without a byte order mark, and '+' as itself.</summary>
internal static class DocumentWriter
{
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, s_options))
            write(writer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes what was read and edited.</summary>
    public static byte[] Write(JsonNode node) => Write(writer => node.WriteTo(writer));

    /// <summary>Authors an OCI manifest of an image; the same parts make the same bytes.</summary>
    public static RawDocument WriteManifest(Descriptor config, IEnumerable<Descriptor> layers)
    {
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = DescriptorJson.ToNode(config),
            ["layers"] = new JsonArray([.. layers.Select(DescriptorJson.ToNode)]),
        };
        return RawDocument.Create(Write(manifest), MediaTypes.OciManifest);
    }
}
