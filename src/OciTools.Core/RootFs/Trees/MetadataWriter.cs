using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace OciTools.RootFs;

/// <summary>
/// Writes a record of what is in the tree of an image: JSON, a line for each path. A path that is no UTF-8 has the word
/// <c>Base64</c> after the name of its member, and its bytes in base64 as the value.
/// </summary>
/// <param name="output">Where the record goes; it stays open.</param>
internal sealed class MetadataWriter(Stream output)
{
    /// <summary>What the first line of a record says that it is.</summary>
    public const string Format = "oci-rootfs-metadata";

    private const int FlushLength = 64 * 1024;

    private static readonly JsonWriterOptions s_options =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _buffer = new(FlushLength);
    private Utf8JsonWriter? _json;

    /// <summary>Writes the first line.</summary>
    /// <param name="image">The image.</param>
    /// <param name="layer">The layer up to which the record goes; null for all.</param>
    public void WriteHead(ImageReference image, Digest? layer = null) => WriteLine(json =>
    {
        json.WriteString("format", Format);
        json.WriteNumber("version", 1);
        json.WriteString("digest", image.Digest!.ToString());
        if (layer is not null)
            json.WriteString("layer", layer.ToString());
    });

    /// <summary>Writes the line of a path.</summary>
    /// <param name="path">The path in the image; empty for the root.</param>
    /// <param name="entry">What is there; the name in it is not used.</param>
    /// <param name="stored">The path on the disk or in the repository, where that is another; null where it is the
    /// same.</param>
    public void Write(string path, TarEntry entry, string? stored) => WriteLine(json =>
    {
        WriteText(json, "path", path);
        if (stored is not null)
            WriteText(json, "stored", stored);
        json.WriteString("type", MetadataTypes.GetName(entry.Type));
        if (entry.LinkName.Length > 0)
            WriteText(json, "link", entry.LinkName);
        if (entry.Type == OciFileType.HardLink)
            return;

        json.WriteString("mode", Convert.ToString(entry.Mode, 8).PadLeft(4, '0'));
        json.WriteNumber("uid", entry.Uid);
        json.WriteNumber("gid", entry.Gid);
        json.WriteString("mtime", FileTime.From(entry).ToString());
        if (entry.Type is OciFileType.CharacterDevice or OciFileType.BlockDevice)
            json.WriteString(
                "device", string.Create(CultureInfo.InvariantCulture, $"{entry.DeviceMajor}:{entry.DeviceMinor}"));
        if (entry.ExtendedAttributes.Count == 0)
            return;
        json.WriteStartObject("xattrs");
        foreach ((string name, byte[] value) in entry.ExtendedAttributes.OrderBy(a => a.Key, StringComparer.Ordinal))
            json.WriteBase64String(TarText.HasEscapes(name) ? $"base64:{ToBase64(name)}" : name, value);
        json.WriteEndObject();
    });

    /// <summary>Writes what is not written yet.</summary>
    public void Flush()
    {
        output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private void WriteLine(Action<Utf8JsonWriter> write)
    {
        _json ??= new Utf8JsonWriter(_buffer, s_options);
        _json.WriteStartObject();
        write(_json);
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushLength)
            Flush();
    }

    private static void WriteText(Utf8JsonWriter json, string member, string text)
    {
        if (TarText.HasEscapes(text))
            json.WriteString($"{member}Base64", ToBase64(text));
        else
            json.WriteString(member, text);
    }

    private static string ToBase64(string text) => Convert.ToBase64String(TarText.Encode(text));
}
