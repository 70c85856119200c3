using System.Text.Json.Nodes;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>What must become of an image of schema 1 that is converted.</summary>
/// <param name="Layers">The layers of its steps; null for a step that changes no file.</param>
internal sealed record Conversion(IReadOnlyList<TestLayer?> Layers)
{
    /// <summary>What is missing of the OCI image that was made; null when it is another image.</summary>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="contents">What is kept in the same place, by digest.</param>
    public IEnumerable<string>? FindMissing(byte[] manifest, IReadOnlyDictionary<string, byte[]> contents)
    {
        JsonNode json = JsonNode.Parse(manifest)!;
        if (json["config"] is null)
            return null;
        string configDigest = DigestOf(json["config"]!);
        if (!contents.TryGetValue(configDigest, out byte[]? bytes))
            return [configDigest];
        JsonNode config = JsonNode.Parse(bytes)!;
        string[] layers = [.. json["layers"]!.AsArray().Select(layer => DigestOf(layer!))];
        string[] diffIds = [.. config["rootfs"]!["diff_ids"]!.AsArray().Select(id => id!.GetValue<string>())];
        bool[] empty =
            [.. config["history"]!.AsArray().Select(step => step!["empty_layer"]?.GetValue<bool>() ?? false)];
        TestLayer[] expected = [.. Layers.OfType<TestLayer>()];
        bool isRight = layers.SequenceEqual(expected.Select(layer => Digest.Compute(layer.Gzip).ToString()))
            && diffIds.SequenceEqual(expected.Select(layer => layer.DiffId.ToString()))
            && empty.SequenceEqual(Layers.Select(layer => layer is null));
        return isRight ? layers.Where(layer => !contents.ContainsKey(layer)) : null;
    }

    private static string DigestOf(JsonNode descriptor) => descriptor["digest"]!.GetValue<string>();
}
