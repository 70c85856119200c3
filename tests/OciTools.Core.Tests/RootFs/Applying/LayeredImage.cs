using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using OciTools.Operations;
using OciTools.Tests.Support;
using OciTools.Transport;

namespace OciTools.Tests.RootFs;

/// <summary>An image of given layers in a layout of its own, and a folder to unpack it into.</summary>
internal sealed class LayeredImage : IDisposable
{
    private readonly TemporaryDirectory _directory;

    private LayeredImage(TemporaryDirectory directory) => _directory = directory;

    public string Layout => _directory.Combine("layout");

    /// <summary>Where it is unpacked to: a folder that is not there yet.</summary>
    public string Target => _directory.Combine("target");

    /// <summary>A folder beside the target that nothing may touch, with a file in it.</summary>
    public string Outside => _directory.Combine("outside");

    public string OutsideFile => _directory.Combine("outside", "secret");

    public ImageReference Reference => ImageReference.Parse($"oci:{Layout}:latest");

    public string Combine(params ReadOnlySpan<string> parts) => Path.Combine([_directory.Path, .. parts]);

    /// <summary>Makes an image of layers.</summary>
    public static Task<LayeredImage> CreateAsync(params IEnumerable<LayerBuilder> layers) =>
        CreateAsync([.. layers.Select(layer => new Func<string, LayerBuilder>(_ => layer))]);

    /// <summary>Makes an image of layers that know where the folder outside is.</summary>
    public static async Task<LayeredImage> CreateAsync(params Func<string, LayerBuilder>[] layers)
    {
        var directory = new TemporaryDirectory();
        var tars = new List<byte[]>();
        foreach (Func<string, LayerBuilder> layer in layers)
            tars.Add(await layer(directory.Combine("outside")).BuildAsync());
        return Create(tars, directory: directory);
    }

    /// <summary>Makes an image of tars.</summary>
    /// <param name="tars">The layers.</param>
    /// <param name="edit">Changes the config.</param>
    /// <param name="pack">Packs a tar; gzip by default.</param>
    /// <param name="directory">The folder for it all; null for a new one.</param>
    public static LayeredImage Create(
        IReadOnlyList<byte[]> tars,
        Action<JsonObject>? edit = null,
        Func<byte[], byte[]>? pack = null,
        TemporaryDirectory? directory = null,
        string layerType = MediaTypes.OciLayerGzip)
    {
        var image = new LayeredImage(directory ?? new TemporaryDirectory());
        Directory.CreateDirectory(image.Outside);
        File.WriteAllText(image.OutsideFile, "secret");
        Directory.CreateDirectory(Path.Combine(image.Layout, "blobs", "sha256"));
        var config = new JsonObject
        {
            ["created"] = "2024-01-02T03:04:05Z",
            ["author"] = "Ann Author <ann@example.org>",
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject(),
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = new JsonArray([.. tars.Select(tar => JsonValue.Create(Digest.Compute(tar).ToString()))]),
            },
            ["history"] = new JsonArray([.. tars.Select((_, i) => new JsonObject
            {
                ["created"] = $"2024-01-02T03:04:{i + 10}Z",
                ["created_by"] = $"RUN step {i + 1}",
            })]),
        };
        edit?.Invoke(config);
        JsonObject[] layers = [.. tars.Select(tar => image.Add((pack ?? Gzip)(tar), layerType))];
        JsonObject manifest = image.Add(
            Bytes(new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaTypes.OciManifest,
                ["config"] = image.Add(Bytes(config), MediaTypes.OciConfig),
                ["layers"] = new JsonArray([.. layers]),
            }),
            MediaTypes.OciManifest);
        manifest["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "latest" };
        manifest["platform"] = new JsonObject { ["architecture"] = "amd64", ["os"] = "linux" };
        var index = new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(manifest) };
        File.WriteAllText(Path.Combine(image.Layout, "index.json"), index.ToJsonString());
        File.WriteAllText(Path.Combine(image.Layout, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        return image;
    }

    /// <summary>Unpacks the image.</summary>
    public Task<OciExpandResult> ExpandAsync(
        Func<ExpandImageRequest, ExpandImageRequest>? edit = null, IProgress<TransferEvent>? progress = null)
    {
        var request = new ExpandImageRequest { Reference = Reference, Destination = Target };
        return new ExpandImageOperation(new OciSession(new NoHttp()))
            .RunAsync(edit?.Invoke(request) ?? request, progress, TestContext.Current.CancellationToken);
    }

    /// <summary>Unpacks the image, which must fail and touch nothing outside.</summary>
    public async Task<OciException> FailAsync(
        OciErrorCode code = OciErrorCode.ArchiveInvalid, Func<ExpandImageRequest, ExpandImageRequest>? edit = null)
    {
        OciException exception = await Assert.ThrowsAsync<OciException>(() => ExpandAsync(edit));
        Assert.Equal(code, exception.Code);
        AssertOutsideUntouched();
        return exception;
    }

    public void AssertOutsideUntouched()
    {
        Assert.Equal("secret", File.ReadAllText(OutsideFile));
        Assert.Equal([OutsideFile], Directory.GetFileSystemEntries(Outside));
        string[] expected = ["layout", "outside", "target", "target.incomplete", "target.oci.jsonl"];
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path).Select(Path.GetFileName).Except(expected));
    }

    /// <summary>The content of a file in the target.</summary>
    public string Read(string path) => File.ReadAllText(Path.Combine(Target, path));

    /// <summary>Whether a file, a folder or a link is in the target.</summary>
    public bool Has(string path) =>
        Path.Exists(Path.Combine(Target, path)) || new FileInfo(Path.Combine(Target, path)).LinkTarget is not null;

    /// <summary>The names in a folder of the target, in their order.</summary>
    public string[] List(string path = "") =>
    [
        .. Directory.GetFileSystemEntries(Path.Combine(Target, path))
            .Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal),
    ];

    /// <summary>
    /// All that find says of the target: path, type, mode, owner, link, count of names, time and size.
    /// </summary>
    public static Task<string> DescribeAsync(string folder) => Tool.RunAsync(
        "sh",
        "-c",
        $"cd '{folder}' && find . \\( -type d -printf '%P|%y|%m|%U:%G|%T@\\n' \\)"
            + " -o -printf '%P|%y|%m|%U:%G|%T@|%l|%n|%s\\n'"
            + " | LC_ALL=C sort && LC_ALL=C find . -type f | sort | xargs -d '\\n' sha256sum");

    public void Dispose() => _directory.Dispose();

    public static byte[] Gzip(byte[] tar)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(tar);
        return packed.ToArray();
    }

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private JsonObject Add(byte[] content, string mediaType)
    {
        Digest digest = Digest.Compute(content);
        File.WriteAllBytes(Path.Combine(Layout, "blobs", "sha256", digest.Hex), content);
        return new JsonObject
        {
            ["mediaType"] = mediaType, ["digest"] = digest.ToString(), ["size"] = content.Length,
        };
    }

    internal sealed class NoHttp : IHttpClientSource
    {
        public HttpClient GetClient(TransportProfile profile) => throw new InvalidOperationException(
            "No network here.");
    }
}
