using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace OciTools;

/// <summary>Decides what a document is, and reads the views of manifests and indexes.</summary>
internal static class DocumentReader
{
    // The depth is ample: a manifest needs 5 levels.
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    // What their members are called is up to the publisher.
    private static readonly FrozenSet<string> s_maps =
        FrozenSet.ToFrozenSet(["annotations", "Labels", "ExposedPorts", "Volumes"]);

    /// <summary>Parses a document strictly.</summary>
    /// <exception cref="FormatException">
    /// It is no JSON object, or repeats a member; the message is a clause.
    /// </exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        // The parser lets wrong bytes in names and texts pass, and fails when they are read.
        if (!Utf8.IsValid(bytes.Span))
            throw new FormatException("it is not valid Unicode text");

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes, s_options);
        }
        catch (JsonException exception)
        {
            throw new FormatException(Explain(bytes, exception), exception);
        }
        catch (InvalidOperationException exception)
        {
            // The name of a member has half a surrogate pair.
            throw new FormatException("it is not valid Unicode text", exception);
        }

        try
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new FormatException("it is JSON, but not an object");
            if (bytes.Span.IndexOf("\\u"u8) >= 0)
                RequireTexts(document.RootElement, "");
            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    /// <summary>Decides the media type: the declared one, unless that says nothing.</summary>
    /// <exception cref="FormatException">The document contradicts the declared type or itself.</exception>
    public static string DecideMediaType(JsonElement root, string? declared)
    {
        declared = InOneCase(WithoutParameters(declared));
        string? written = root.FindText("mediaType", "") is { Length: > 0 } text ? InOneCase(text) : null;

        // An artifact's own JSON may use the name 'mediaType' for something else.
        bool isDocument = MediaTypes.IsDocument(declared) || MediaTypes.IsDocument(written);
        if (isDocument && declared is not null && written is not null
            && declared != written)
        {
            throw new FormatException($"it was announced as {DisplayText.Sanitize(declared)} "
                + $"but calls itself {DisplayText.Sanitize(written)}");
        }

        string? mediaType = isDocument ? written ?? declared : declared ?? written;
        if (mediaType is null || isDocument)
            RefuseAmbiguity(root, mediaType);

        return mediaType ?? GuessMediaType(root) ?? "application/json";
    }

    public static ImageManifest ReadManifest(JsonElement root, string mediaType)
    {
        RefuseLookalikes(root);
        CheckSchemaVersion(root);
        if (!root.TryGetProperty("layers", out _))
            throw JsonMembers.Missing("layers");

        return new ImageManifest
        {
            MediaType = mediaType,
            Config = DescriptorJson.Read(root.Find("config") ?? throw JsonMembers.Missing("config"), "config"),
            Layers = root.FindList("layers", "", DescriptorJson.Read),
            ArtifactType = root.FindText("artifactType", ""),
            Subject = ReadSubject(root),
            Annotations = root.FindMap("annotations", ""),
        };
    }

    public static ImageIndex ReadIndex(JsonElement root, string mediaType)
    {
        RefuseLookalikes(root);
        CheckSchemaVersion(root);
        if (!root.TryGetProperty("manifests", out _))
            throw JsonMembers.Missing("manifests");

        return new ImageIndex
        {
            MediaType = mediaType,
            Manifests = root.FindList("manifests", "", DescriptorJson.Read),
            ArtifactType = root.FindText("artifactType", ""),
            Subject = ReadSubject(root),
            Annotations = root.FindMap("annotations", ""),
        };
    }

    /// <summary>
    /// Refuses members of one object whose names differ only in case: decoders that match names in any case, as Go's
    /// does, would take another one than is taken here.
    /// </summary>
    /// <exception cref="FormatException">There are such members.</exception>
    public static void RefuseLookalikes(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                RefuseLookalikes(item);
        }

        if (element.ValueKind != JsonValueKind.Object)
            return;

        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string folded = JsonMembers.Fold(member.Name);
            if (!names.TryAdd(folded, member.Name))
                throw new FormatException($"it has a member '{DisplayText.Sanitize(member.Name)}' beside "
                    + $"'{DisplayText.Sanitize(names[folded])}'");
            if (!s_maps.Contains(member.Name))
                RefuseLookalikes(member.Value);
        }
    }

    /// <summary>Half a surrogate pair, which only an escape can write, can be neither read nor written again.</summary>
    private static void RequireTexts(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                _ = element.Text(path);
                break;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in element.EnumerateArray())
                    RequireTexts(item, string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]"));
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                    RequireTexts(member.Value, JsonMembers.Join(path, DisplayText.Sanitize(member.Name)));
                break;
        }
    }

    private static Descriptor? ReadSubject(JsonElement root) =>
        root.Find("subject") is { } subject ? DescriptorJson.Read(subject, "subject") : null;

    private static void CheckSchemaVersion(JsonElement root)
    {
        if (root.FindInteger("schemaVersion", "") is not (null or 2))
            throw new FormatException("'schemaVersion' is not 2");
    }

    /// <summary>
    /// A document with the members of two kinds would be read one way here and another way elsewhere.
    /// </summary>
    private static void RefuseAmbiguity(JsonElement root, string? mediaType)
    {
        List<string> kinds = [];
        if (MediaTypes.IsIndex(mediaType) || root.Has("manifests"))
            kinds.Add("an index");
        if (MediaTypes.IsManifest(mediaType) || root.Has("config") || root.Has("layers"))
            kinds.Add("a manifest");
        if (MediaTypes.IsSchema1(mediaType) || root.Has("fsLayers"))
            kinds.Add("a manifest of schema 1");
        if (kinds.Count > 1)
            throw new FormatException($"it is {string.Join(" and ", kinds)} in one");
    }

    /// <summary>The image specification lets a manifest or index leave its media type out.</summary>
    private static string? GuessMediaType(JsonElement root)
    {
        if (root.Has("manifests"))
            return MediaTypes.OciIndex;
        if (root.Has("config") && root.Has("layers"))
            return MediaTypes.OciManifest;
        if (!root.Has("fsLayers"))
            return null;

        return root.Has("signatures")
            ? MediaTypes.DockerManifestSchema1Signed
            : MediaTypes.DockerManifestSchema1;
    }

    private static string? WithoutParameters(string? mediaType)
    {
        string? bare = mediaType?.Split(';')[0].Trim();
        return bare is "application/octet-stream" or "application/json" or "text/plain" or "" ? null : bare;
    }

    // Media types are the same in any case (RFC 9110, 8.3.1). What is no document keeps the case that it has.
    private static string? InOneCase(string? mediaType) =>
        mediaType?.ToLowerInvariant() is { } lower && MediaTypes.IsDocument(lower) ? lower : mediaType;

    private static string Explain(ReadOnlyMemory<byte> bytes, JsonException exception)
    {
        try
        {
            // What parses when members may be repeated has repeated ones.
            JsonDocument.Parse(bytes, s_options with { AllowDuplicateProperties = true }).Dispose();
            return $"it repeats a member of an object: {DisplayText.Sanitize(exception.Message).TrimEnd('.')}";
        }
        catch (JsonException)
        {
            return $"it is not JSON: {DisplayText.Sanitize(exception.Message).TrimEnd('.')}";
        }
    }
}
