using System.Globalization;
using System.Text.Json;

namespace OciTools;

/// <summary>What a Docker manifest of schema 1 says (Docker image manifest version 2, schema 1).</summary>
/// <remarks>
/// It is manifest and config in one. It does not say how large its blobs are nor what they unpack to, and lists a blob
/// for every step, also for those that changed no file.
/// </remarks>
internal sealed record Schema1Manifest
{
    // Schema 1 is older than images for anything else.
    private const string DefaultOs = "linux";

    /// <summary>The steps that made the image, the first one first, at least one.</summary>
    public required IReadOnlyList<Schema1Step> Steps { get; init; }

    /// <summary>How the image is configured, without a history: <see cref="Describe"/> has it.</summary>
    public required ImageConfig Config { get; init; }

    /// <summary>How the image is configured: the exact JSON of the last step.</summary>
    public RawDocument ConfigDocument => RawDocument.Create(Steps[^1].Text, MediaTypes.DockerConfig);

    /// <summary>The blobs, each once; those of steps that changed no file are among them.</summary>
    public IEnumerable<Digest> Blobs => Steps.Select(step => step.Blob).Distinct();

    /// <summary>Reads a manifest.</summary>
    /// <param name="payload">What is signed of it: all else could be anybody's.</param>
    /// <exception cref="FormatException">It is malformed; the message is a clause.</exception>
    public static Schema1Manifest Read(ReadOnlyMemory<byte> payload)
    {
        using JsonDocument json = DocumentReader.Parse(payload);
        JsonElement root = json.RootElement;
        DocumentReader.RefuseLookalikes(root);
        if (root.FindInteger("schemaVersion", "") != 1)
            throw new FormatException("'schemaVersion' is not 1");

        IReadOnlyList<Digest> blobs = root.FindList("fsLayers", "", ReadBlob);
        IReadOnlyList<string> texts = root.FindList("history", "", ReadText);
        if (blobs.Count != texts.Count)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"'fsLayers' has {blobs.Count} entries and 'history' {texts.Count}, which must be as many"));
        }

        if (blobs.Count == 0)
            throw new FormatException("'fsLayers' is empty");

        // The lists begin with the newest step.
        Schema1Step[] steps =
            [.. blobs.Select((blob, i) => new Schema1Step(blob, texts[i], PathOf(i))).Reverse()];
        ImageConfig config = steps[^1].ReadConfig();
        return new Schema1Manifest
        {
            Steps = steps,
            Config = config with { Platform = ReadPlatform(root, config.Platform), DiffIds = [] },
        };
    }

    /// <summary>The config of the image, with its history.</summary>
    /// <param name="layers">The layers that hold something: see <see cref="Schema1Blobs.FindLayersAsync"/>.</param>
    public ImageConfig Describe(IEnumerable<Descriptor> layers)
    {
        HashSet<Digest> full = [.. layers.Select(layer => layer.Digest)];
        return Config with
        {
            History = [.. Steps.Select(step => step.History with
            {
                EmptyLayer = step.History.EmptyLayer || !full.Contains(step.Blob),
            })],
        };
    }

    /// <summary>The platform of the config; the manifest tells the architecture where that does not.</summary>
    private static Platform ReadPlatform(JsonElement root, Platform? said) => new()
    {
        Os = said is null or { Os: Platform.Unknown } ? DefaultOs : said.Os,
        Architecture = said is not (null or { Architecture: Platform.Unknown }) ? said.Architecture
            : root.FindText("architecture", "") is { Length: > 0 } architecture ? architecture
            : Platform.Unknown,
        Variant = said?.Variant,
        OsVersion = said?.OsVersion,
        OsFeatures = said?.OsFeatures ?? [],
    };

    private static Digest ReadBlob(JsonElement layer, string path)
    {
        string blobPath = JsonMembers.Join(path, "blobSum");
        return RequireObject(layer, path).Find("blobSum")?.ReadDigest(blobPath) ?? throw JsonMembers.Missing(blobPath);
    }

    private static string ReadText(JsonElement history, string path) =>
        RequireObject(history, path).RequireText("v1Compatibility", path);

    private static JsonElement RequireObject(JsonElement element, string path) =>
        element.ValueKind == JsonValueKind.Object ? element : throw new FormatException($"'{path}' is not an object");

    private static string PathOf(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"history[{number}].v1Compatibility");
}
