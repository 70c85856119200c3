using System.Text.Json;
using OciTools.Layout;

namespace OciTools.Archives;

/// <summary>
/// Chooses what <c>docker load</c> gets from an archive, and writes the <c>manifest.json</c> that says so.
/// </summary>
/// <param name="documents">The documents of the archive.</param>
/// <param name="holds">Whether the archive holds a blob.</param>
/// <param name="wanted">The platform to load; null for the usual one.</param>
/// <param name="archive">The archive, for errors.</param>
internal sealed class DockerImages(
    IReadOnlyDictionary<Digest, RawDocument> documents,
    Func<Digest, bool> holds,
    Platform? wanted,
    ImageReference archive)
{
    /// <summary>Chooses one manifest for each image of the index.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.PlatformNotFound"/>.</exception>
    public IReadOnlyList<DockerImage> Choose(LayoutIndex index)
    {
        var images = new Dictionary<Digest, DockerImage>();
        foreach (IGrouping<string, Descriptor> group in index.Entries.GroupBy(KeyOf))
        {
            if (ChoosePlatform([.. group.SelectMany(FindManifests)]) is not { } chosen)
                continue;
            if (!images.TryGetValue(chosen.Digest, out DockerImage? image))
                images.Add(chosen.Digest, image = new DockerImage(documents[chosen.Digest].Manifest!));
            Descriptor first = group.First();
            string? name = IndexEntry.NameOf(first) is { } tag ? NameOf(tag, IndexEntry.ContainerdNameOf(first)) : null;
            if (name is not null && !image.Names.Contains(name))
                image.Names.Add(name);
        }

        return [.. images.Values];
    }

    /// <summary>The name that Docker gives an image: a repository as people write it, and a tag.</summary>
    /// <param name="name">The tag, or the whole name.</param>
    /// <param name="fullName">Where the image comes from, when that is known.</param>
    /// <returns>Null when the name of the repository is not known.</returns>
    public static string? NameOf(string name, string? fullName)
    {
        if (name.AsSpan().ContainsAny(':', '/'))
            return Familiar(name);
        return ImageReference.TryParse(fullName, out ImageReference? full) && full.Accepts(name)
            ? Familiar(full.WithTag(name).ToString())
            : null;
    }

    /// <summary>Writes the manifest.json.</summary>
    public static byte[] Write(IReadOnlyList<DockerImage> images) => DocumentWriter.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (DockerImage image in images)
            Write(writer, image);
        writer.WriteEndArray();
    });

    private static void Write(Utf8JsonWriter writer, DockerImage image)
    {
        writer.WriteStartObject();
        writer.WriteString("Config", ArchiveNames.Blob(image.Manifest.Config.Digest));
        if (image.Names.Count == 0)
        {
            writer.WriteNull("RepoTags");
        }
        else
        {
            writer.WriteStartArray("RepoTags");
            foreach (string name in image.Names)
                writer.WriteStringValue(name);
            writer.WriteEndArray();
        }

        writer.WriteStartArray("Layers");
        foreach (Descriptor layer in image.Manifest.Layers)
            writer.WriteStringValue(ArchiveNames.Blob(layer.Digest));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>The entries of one name are one image, or the platforms of one.</summary>
    private static string KeyOf(Descriptor entry) => IndexEntry.NameOf(entry) is { } name
        ? $"{IndexEntry.ContainerdNameOf(entry)} {name}"
        : entry.Digest.ToString();

    private Descriptor? ChoosePlatform(IReadOnlyList<Descriptor> manifests)
    {
        if (manifests.Count == 0)
            return null;
        // The platform of a manifest that no index lists is not known here.
        bool isKnown = manifests.All(manifest => manifest.Platform is not null);
        if (wanted is not null)
            return isKnown ? new PlatformSelector(wanted).Select(manifests, archive)[0] : manifests[0];
        var usual = new PlatformSelector(Platform.Host);
        return manifests.Any(manifest => usual.Matches(manifest.Platform))
            ? usual.Select(manifests, archive)[0]
            : manifests[0];
    }

    /// <summary>The manifests of images, not of artifacts, that the archive holds with all their parts.</summary>
    private IEnumerable<Descriptor> FindManifests(Descriptor entry)
    {
        if (entry.IsAttestation || !documents.TryGetValue(entry.Digest, out RawDocument? document))
            return [];
        if (document.Index is { } index)
            return index.Manifests.SelectMany(FindManifests);
        return document.Manifest is { } manifest
            && MediaTypes.IsConfig(manifest.Config.MediaType)
            && manifest.Layers.All(layer => MediaTypes.IsTar(layer.MediaType))
            && document.Children.All(child => holds(child.Digest))
                ? [entry]
                : [];
    }

    private static string? Familiar(string name) =>
        ImageReference.TryParse(name, out ImageReference? reference)
        && reference is { Transport: TransportKind.Registry, Digest: null }
            ? reference.FamiliarName
            : null;
}
