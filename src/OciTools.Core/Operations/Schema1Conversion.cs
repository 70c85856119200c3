using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>
/// An image of Docker's schema 1, made anew as an OCI image. The same image always makes the same bytes.
/// </summary>
/// <param name="Manifest">The OCI manifest. Its layers are those of schema 1, without the empty ones.</param>
/// <param name="Config">The OCI config: that of the last step, with diffIDs and the history.</param>
internal sealed record Schema1Conversion(RawDocument Manifest, RawDocument Config)
{
    // What a config of schema 1 has about itself, as Docker takes it out when it converts one.
    private static readonly string[] s_ownMembers = ["id", "parent", "parent_id", "layer_id", "Size", "throwaway"];

    /// <summary>Converts an image.</summary>
    /// <param name="source">Where its layers are. Each is read whole, because nothing else tells its diffID.</param>
    /// <param name="image">The image.</param>
    /// <param name="throttleLimit">How many layers are read at once.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">Whatever reading a layer can meet.</exception>
    public static async Task<Schema1Conversion> RunAsync(
        IContentSource source, Schema1Manifest image, int throttleLimit, CancellationToken cancellationToken)
    {
        IReadOnlyList<Descriptor> named =
            await Schema1Blobs.FindLayersAsync(source, image, cancellationToken).ConfigureAwait(false);
        var read = new ConcurrentDictionary<Digest, (Descriptor Layer, Digest DiffId)>();
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = throttleLimit,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(named.Distinct(), options, async (layer, token) =>
            read[layer.Digest] = await ReadAsync(source, layer, token).ConfigureAwait(false)).ConfigureAwait(false);

        RawDocument config = WriteConfig(
            image, image.Describe(named), named.Select(layer => read[layer.Digest].DiffId));
        RawDocument manifest = DocumentWriter.WriteManifest(
            config.ToDescriptor(), named.Select(layer => read[layer.Digest].Layer));
        return new Schema1Conversion(manifest, config);
    }

    private static async Task<(Descriptor Layer, Digest DiffId)> ReadAsync(
        IContentSource source, Descriptor layer, CancellationToken cancellationToken)
    {
        Stream blob = await source.OpenBlobAsync(layer, 0, cancellationToken).ConfigureAwait(false);
        LayerStream stream = await LayerStream.OpenAsync(blob, layer, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            return (
                layer with { MediaType = stream.Compression.ToMediaType() },
                Digest.FromHash(Digest.Sha256, hash));
        }
    }

    private static RawDocument WriteConfig(Schema1Manifest image, ImageConfig config, IEnumerable<Digest> diffIds)
    {
        JsonObject root = Parse(image.Steps[^1]);
        foreach (string member in s_ownMembers)
            root.Remove(member);
        root["architecture"] = config.Architecture;
        root["os"] = config.Os;
        root["rootfs"] = new JsonObject
        {
            ["type"] = "layers",
            ["diff_ids"] = new JsonArray([.. diffIds.Select(diffId => JsonValue.Create(diffId.ToString()))]),
        };
        root["history"] = new JsonArray(
            [.. image.Steps.Zip(config.History, (step, history) => WriteHistory(Parse(step), history))]);
        return RawDocument.Create(DocumentWriter.Write(root), MediaTypes.OciConfig);
    }

    private static JsonObject WriteHistory(JsonObject step, ImageHistory history)
    {
        var entry = new JsonObject();
        // As it is written, because a time read and written again may look another way.
        Add("created", step["created"]?.GetValue<string>());
        Add("created_by", history.CreatedBy);
        Add("author", history.Author);
        Add("comment", history.Comment);
        if (history.EmptyLayer)
            entry["empty_layer"] = true;
        return entry;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                entry[name] = value;
        }
    }

    private static JsonObject Parse(Schema1Step step) => JsonNode.Parse(step.Text.Span)!.AsObject();
}
