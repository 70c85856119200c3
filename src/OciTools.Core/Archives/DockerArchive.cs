using System.Text.Json;
using System.Text.Json.Nodes;
using OciTools.Layout;
using OciTools.RootFs;

namespace OciTools.Archives;

/// <summary>
/// The images of an archive that <c>docker save</c> or a like tool made. Such an archive has no manifests, so they are
/// made here, always the same ones.
/// </summary>
/// <remarks>
/// The manifests are OCI's, because Docker's own (schema 2) have no type for a layer that is not compressed. The config
/// and the layers stay as they are, with the digests they have: a layer that is a plain tar has its diffID as digest.
/// </remarks>
internal sealed class DockerArchive
{
    private const int BufferLength = 512 * 1024;

    private readonly ArchiveIndex _entries;
    private readonly ArchiveEntry _manifest;
    private readonly Dictionary<Digest, ArchiveEntry> _blobs = [];
    private readonly Dictionary<Digest, RawDocument> _manifests = [];
    private readonly Dictionary<long, Digest> _hashed = [];

    private DockerArchive(ArchiveIndex entries, ArchiveEntry manifest)
    {
        _entries = entries;
        _manifest = manifest;
    }

    /// <summary>The configs and layers.</summary>
    public IReadOnlyDictionary<Digest, ArchiveEntry> Blobs => _blobs;

    /// <summary>The manifests that were made.</summary>
    public IReadOnlyDictionary<Digest, RawDocument> Manifests => _manifests;

    /// <summary>The images, under the names that Docker gave them.</summary>
    public LayoutIndex Index { get; private set; } = LayoutIndex.Empty;

    /// <summary>Reads the images.</summary>
    /// <param name="entries">The archive.</param>
    /// <param name="manifest">Its <c>manifest.json</c>.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ArchiveInvalid"/>; the message names the entry.
    /// </exception>
    public static DockerArchive Read(ArchiveIndex entries, ArchiveEntry manifest, CancellationToken cancellationToken)
    {
        var archive = new DockerArchive(entries, manifest);
        try
        {
            // The document is wrapped because the parser, which refuses repeated members, wants an object.
            byte[] list = entries.ReadAll(manifest, ContentLimits.Document);
            using JsonDocument document = DocumentReader.Parse((byte[])[.. "{\"images\":"u8, .. list, .. "}"u8]);
            DocumentReader.RefuseLookalikes(document.RootElement);
            var images = new JsonArray();
            foreach (JsonElement item in document.RootElement.Find("images")?.EnumerateArray() ?? [])
                archive.AddImage(item, images, cancellationToken);
            archive.Index = LayoutIndex.Parse(
                DocumentWriter.Write(new JsonObject { ["schemaVersion"] = 2, ["manifests"] = images }));
        }
        catch (Exception exception) when (exception is FormatException or InvalidOperationException)
        {
            throw entries.Invalid(
                manifest, exception is FormatException ? exception.Message : "it is not a list of images");
        }

        return archive;
    }

    private void AddImage(JsonElement item, JsonArray images, CancellationToken cancellationToken)
    {
        ArchiveEntry configEntry = Require(item.RequireText("Config", ""));
        (RawDocument document, ImageConfig config) = ReadConfig(configEntry);
        IReadOnlyList<string> paths = item.FindTexts("Layers", "");
        if (paths.Count != config.DiffIds.Count)
            throw _entries.Invalid(
                configEntry,
                $"it names {config.DiffIds.Count} layers, but {_manifest.Name} names {paths.Count} for it");

        Descriptor configDescriptor = document.ToDescriptor();
        _blobs[configDescriptor.Digest] = configEntry;
        List<Descriptor> layers = [.. paths.Select((path, i) => AddLayer(path, config.DiffIds[i], cancellationToken))];
        RawDocument manifest = DocumentWriter.WriteManifest(configDescriptor, layers);
        _manifests[manifest.Digest] = manifest;
        Descriptor root = manifest.ToDescriptor() with { Platform = config.Platform };
        IReadOnlyList<string> names = item.FindTexts("RepoTags", "");
        if (names.Count == 0)
            images.Add(DescriptorJson.ToNode(root));
        foreach (string name in names)
            images.Add(DescriptorJson.ToNode(root with { Annotations = Name(name) }));
    }

    private static Dictionary<string, string> Name(string name)
    {
        var annotations = new Dictionary<string, string> { [IndexEntry.NameAnnotation] = name };
        if (ImageReference.TryParse(name, out ImageReference? full) && full.Transport == TransportKind.Registry)
            annotations.Add(IndexEntry.ContainerdNameAnnotation, full.ToString());
        return annotations;
    }

    private (RawDocument Document, ImageConfig Config) ReadConfig(ArchiveEntry entry)
    {
        byte[] bytes = _entries.ReadAll(entry, ContentLimits.Document);
        try
        {
            RawDocument document = RawDocument.Create(bytes, MediaTypes.OciConfig);
            return (document, ImageConfig.Parse(document));
        }
        catch (OciException exception) when (exception.InnerException is FormatException)
        {
            throw _entries.Invalid(entry, exception.InnerException.Message);
        }
    }

    private Descriptor AddLayer(string path, Digest diffId, CancellationToken cancellationToken)
    {
        ArchiveEntry entry = Require(path);
        byte[] magic = new byte[Math.Min(PackingMagic.Length, entry.Size)];
        using (Stream content = _entries.Open(entry, 0))
            content.ReadExactly(magic);
        LayerCompression compression = PackingMagic.Detect(magic, out _);
        Digest digest = compression == LayerCompression.None ? diffId : Hash(entry, cancellationToken);
        _blobs[digest] = entry;
        return new Descriptor
        {
            MediaType = compression.ToMediaType(),
            Digest = digest,
            Size = entry.Size,
        };
    }

    /// <summary>The digest of a layer that is compressed; its config knows only that of the tar inside.</summary>
    private Digest Hash(ArchiveEntry entry, CancellationToken cancellationToken)
    {
        if (_hashed.TryGetValue(entry.Offset, out Digest? known))
            return known;
        using var hash = Digest.CreateHash(Digest.Sha256);
        using Stream content = _entries.Open(entry, 0);
        byte[] buffer = new byte[BufferLength];
        while (content.Read(buffer) is > 0 and int count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }

        return _hashed[entry.Offset] = Digest.FromHash(Digest.Sha256, hash.GetHashAndReset());
    }

    private ArchiveEntry Require(string name) => _entries.Find(name) ?? throw _entries.Missing(name, _manifest);
}
