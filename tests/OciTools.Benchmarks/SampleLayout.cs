using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Benchmarks;

/// <summary>Writes a sample image as an OCI image layout; the same seed gives the same bytes.</summary>
internal sealed class SampleLayout(string directory, int seed)
{
    private static readonly string[] s_architectures =
        ["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "mips64le"];

    private readonly string _blobs = Path.Combine(directory, "blobs", "sha256");
    private readonly Random _random = new(seed);

    public void Write(SampleImage image)
    {
        Directory.CreateDirectory(_blobs);
        JsonObject root;
        if (image.Platforms == 1)
        {
            root = WriteManifest(image, s_architectures[0]);
        }
        else
        {
            JsonNode[] manifests = [.. s_architectures.Take(image.Platforms).Select(name => Describe(image, name))];
            root = WriteDocument(MediaTypes.OciIndex, new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaTypes.OciIndex,
                ["manifests"] = new JsonArray(manifests),
            });
        }

        root["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = Endpoint.Tag };
        var index = new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(root) };
        File.WriteAllText(Path.Combine(directory, "index.json"), index.ToJsonString());
        File.WriteAllText(Path.Combine(directory, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    private JsonNode Describe(SampleImage image, string architecture)
    {
        JsonObject descriptor = WriteManifest(image, architecture);
        descriptor["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
        return descriptor;
    }

    private JsonObject WriteManifest(SampleImage image, string architecture)
    {
        var layers = new JsonArray();
        var diffIds = new JsonArray();
        for (int i = 0; i < image.Layers; i++)
        {
            byte[] content = new byte[_random.Next(image.SmallestLayer, image.LargestLayer + 1)];
            _random.NextBytes(content);
            (JsonObject layer, string diffId) = WriteLayer(content);
            layers.Add(layer);
            diffIds.Add(diffId);
        }

        JsonObject config = WriteDocument(MediaTypes.OciConfig, new JsonObject
        {
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = diffIds },
        });
        return WriteDocument(MediaTypes.OciManifest, new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = config,
            ["layers"] = layers,
        });
    }

    private (JsonObject Layer, string DiffId) WriteLayer(byte[] content)
    {
        using var tar = new MemoryStream(content.Length + (16 * 1024));
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            var entry = new UstarTarEntry(TarEntryType.RegularFile, "data.bin")
            {
                DataStream = new MemoryStream(content),
                ModificationTime = DateTimeOffset.UnixEpoch,
            };
            writer.WriteEntry(entry);
        }

        tar.Position = 0;
        string diffId = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(tar))}";
        tar.Position = 0;
        string path = Path.Combine(_blobs, "layer");
        using (var gzip = new GZipStream(File.Create(path), CompressionLevel.NoCompression))
            tar.CopyTo(gzip);
        return (Store(MediaTypes.OciLayerGzip, path), diffId);
    }

    private JsonObject WriteDocument(string mediaType, JsonObject document)
    {
        string path = Path.Combine(_blobs, "document");
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(document));
        return Store(mediaType, path);
    }

    private JsonObject Store(string mediaType, string path)
    {
        using FileStream file = File.OpenRead(path);
        long size = file.Length;
        string hex = Convert.ToHexStringLower(SHA256.HashData(file));
        File.Move(path, Path.Combine(_blobs, hex), overwrite: true);
        return new JsonObject { ["mediaType"] = mediaType, ["digest"] = $"sha256:{hex}", ["size"] = size };
    }
}
