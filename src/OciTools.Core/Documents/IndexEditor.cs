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
}
