using System.Text.Json.Nodes;

namespace OciTools;

/// <summary>Writes an index anew from its own JSON, so that members unknown here live on.</summary>
internal static class IndexEditor
{
    /// <summary>Keeps the children that the condition accepts, in their order.</summary>
    public static byte[] Keep(RawDocument index, Func<Descriptor, bool> keep)
    {
        JsonObject root = JsonNode.Parse(index.Bytes.Span)!.AsObject();
        JsonArray? manifests = root["manifests"]?.AsArray();
        for (int i = index.Index!.Manifests.Count - 1; i >= 0; i--)
        {
            if (!keep(index.Index.Manifests[i]))
                manifests!.RemoveAt(i);
        }

        return DocumentWriter.Write(root);
    }

    /// <summary>Puts images in the place of children, by their digests, and makes it an OCI index.</summary>
    public static byte[] Replace(RawDocument index, IReadOnlyDictionary<Digest, Descriptor> images)
    {
        JsonObject root = JsonNode.Parse(index.Bytes.Span)!.AsObject();
        root["mediaType"] = MediaTypes.OciIndex;
        for (int i = 0; i < index.Index!.Manifests.Count; i++)
        {
            if (!images.TryGetValue(index.Index.Manifests[i].Digest, out Descriptor? image))
                continue;
            JsonObject entry = root["manifests"]![i]!.AsObject();
            entry["mediaType"] = image.MediaType;
            entry["digest"] = image.Digest.ToString();
            entry["size"] = image.Size;
            entry.Remove("data");
        }

        return DocumentWriter.Write(root);
    }
}
