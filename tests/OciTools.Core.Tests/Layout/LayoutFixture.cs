using System.Security.Cryptography;
using System.Text.Json.Nodes;
using OciTools.Layout;
using OciTools.Tests.Support;
using OciTools.Transfer;

namespace OciTools.Tests.Layout;

/// <summary>
/// A folder for one layout, images to put into it, and looks at its files that do not go through the product.
/// </summary>
internal sealed class LayoutFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    /// <summary>The folder of the layout; not there at first.</summary>
    public string Root => _directory.Combine("layout");

    public MemoryStore Source { get; } = new();

    public string IndexPath => Path.Combine(Root, "index.json");

    public string BlobPath(Digest digest) => Path.Combine(Root, "blobs", digest.Algorithm, digest.Hex);

    public ImageReference Reference(string? tag = null, Digest? digest = null) =>
        ImageReference.ForLayout(Root, tag, digest);

    /// <summary>Copies an image from <see cref="Source"/> into the layout, as one operation does.</summary>
    public async Task SaveAsync(Descriptor root, string? tag = null, bool force = false)
    {
        await using var store = LayoutStore.OpenOrCreate(Root);
        await new GraphCopier(Source, store, new GraphCopyOptions { Force = force })
            .CopyAsync(root, tag, cancellationToken: TestContext.Current.CancellationToken);
        await store.CompleteAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Makes a layout by hand.</summary>
    public void WriteLayout(string index, string marker = """{"imageLayoutVersion": "1.0.0"}""")
    {
        Directory.CreateDirectory(Path.Combine(Root, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(Root, "oci-layout"), marker);
        File.WriteAllText(IndexPath, index);
    }

    public void WriteBlob(Descriptor descriptor)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(BlobPath(descriptor.Digest))!);
        File.WriteAllBytes(BlobPath(descriptor.Digest), Source.Blobs[descriptor.Digest]);
    }

    public JsonObject ReadIndex() => JsonNode.Parse(File.ReadAllBytes(IndexPath))!.AsObject();

    public JsonObject[] ReadEntries() => [.. ReadIndex()["manifests"]!.AsArray().Select(entry => entry!.AsObject())];

    /// <summary>Every blob has the hash that its name says, and nothing unfinished is left anywhere.</summary>
    public void AssertSound()
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Root, "blobs"), "*", SearchOption.AllDirectories))
        {
            byte[] bytes = File.ReadAllBytes(file);
            byte[] hash = Path.GetFileName(Path.GetDirectoryName(file)) == "sha512"
                ? SHA512.HashData(bytes)
                : SHA256.HashData(bytes);
            Assert.Equal(Convert.ToHexStringLower(hash), Path.GetFileName(file));
        }

        AssertNothingStaged();
    }

    public void AssertNothingStaged()
    {
        string staging = Path.Combine(Root, ".ocitools", "staging");
        if (Directory.Exists(staging))
            Assert.Empty(Directory.EnumerateFileSystemEntries(staging));
    }

    public void Dispose() => _directory.Dispose();
}
