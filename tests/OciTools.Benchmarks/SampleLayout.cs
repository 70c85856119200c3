using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Benchmarks;

/// <summary>Writes a sample image as an OCI image layout; the same seed gives the same bytes.</summary>
internal sealed class SampleLayout(string directory, int seed)
{
    private static readonly string[] s_architectures =
        ["amd64", "arm64", "arm", "386", "ppc64le", "s390x", "riscv64", "mips64le"];

    private const UnixFileMode FileMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode FolderMode =
        FileMode | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

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
            (JsonObject layer, string diffId) =
                image.FilesPerLayer == 0 ? WriteLayer(content) : WriteFiles(i, content, image.FilesPerLayer);
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
            writer.WriteEntry(NewFile("data.bin", content));
        return StoreLayer(tar, CompressionLevel.NoCompression);
    }

    /// <summary>Writes a layer of text files, from nothing to twice the average long, twenty in a folder.</summary>
    private (JsonObject Layer, string DiffId) WriteFiles(int layer, byte[] content, int count)
    {
        // As letters, so that the layer packs as text does.
        byte[] text = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(content.AsSpan(0, content.Length / 2)));
        int average = text.Length / count;
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            for (int i = 0; i < count; i++)
            {
                string folder = $"usr/share/layer{layer}/package{i / 200}/folder{i / 20}/";
                if (i % 20 == 0)
                    writer.WriteEntry(NewFolder(folder));
                int length = _random.Next(2 * average);
                int start = _random.Next(text.Length - length);
                writer.WriteEntry(NewFile($"{folder}file{i}", text[start..(start + length)]));
            }
        }

        return StoreLayer(tar, CompressionLevel.Optimal);
    }

    private static UstarTarEntry NewFile(string name, byte[] content) => new(TarEntryType.RegularFile, name)
    {
        DataStream = new MemoryStream(content),
        ModificationTime = DateTimeOffset.UnixEpoch,
        Mode = FileMode,
    };

    private static UstarTarEntry NewFolder(string name) => new(TarEntryType.Directory, name)
    {
        ModificationTime = DateTimeOffset.UnixEpoch,
        Mode = FolderMode,
    };

    private (JsonObject Layer, string DiffId) StoreLayer(MemoryStream tar, CompressionLevel level)
    {
        tar.Position = 0;
        string diffId = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(tar))}";
        tar.Position = 0;
        string path = Path.Combine(_blobs, "layer");
        using (var gzip = new GZipStream(File.Create(path), level))
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
