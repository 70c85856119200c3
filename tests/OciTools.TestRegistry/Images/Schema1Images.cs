using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Testing;

/// <summary>Makes images of Docker's schema 1. Those that are signed have another signature each time.</summary>
public static class Schema1Images
{
    private static readonly JsonSerializerOptions s_format = new()
    {
        WriteIndented = true,
        IndentSize = 3,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Docker's layer for steps that change no file: 1 KiB of zeros, packed by Go's gzip.</summary>
    public static byte[] EmptyLayer { get; } =
        Convert.FromHexString("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000");

    /// <summary>Another tar without entries.</summary>
    public static byte[] OtherEmptyLayer { get; } = TestLayer.FromFiles(new Dictionary<string, byte[]>()).Gzip;

    /// <summary>The layer that the usual image has twice.</summary>
    public static TestLayer Repeated { get; } = TestLayer.FromFiles(new Dictionary<string, byte[]>
    {
        ["etc/motd"] = "hello\n"u8.ToArray(),
        ["etc/release"] = "VERSION=1\n"u8.ToArray(),
    });

    /// <summary>The layer between, which removes a file and changes one.</summary>
    public static TestLayer Between { get; } = TestLayer.FromFiles(new Dictionary<string, byte[]>
    {
        ["etc/.wh.motd"] = [],
        ["etc/extra"] = "extra\n"u8.ToArray(),
        ["etc/release"] = "VERSION=2\n"u8.ToArray(),
    });

    /// <summary>
    /// An image of six steps: a layer, an empty one that says so, another layer, the first layer again, and two empty
    /// ones that do not say so.
    /// </summary>
    public static TestImage Usual(bool signed = true) => Create(
        signed,
        new Schema1TestStep(Repeated.Gzip, "/bin/sh -c #(nop) ADD file:1 in /"),
        new Schema1TestStep(EmptyLayer, "/bin/sh -c #(nop) ENV A=1") { IsThrowaway = true },
        new Schema1TestStep(Between.Gzip, "/bin/sh -c rm /etc/motd"),
        new Schema1TestStep(Repeated.Gzip, "/bin/sh -c #(nop) ADD file:1 in /"),
        new Schema1TestStep(EmptyLayer, "/bin/sh -c #(nop) MAINTAINER somebody"),
        new Schema1TestStep(OtherEmptyLayer, "/bin/sh -c #(nop) CMD [\"/bin/sh\"]"));

    /// <summary>An image of given steps, the first one first.</summary>
    public static TestImage Create(bool signed, params IReadOnlyList<Schema1TestStep> steps)
    {
        byte[] payload = Encoding.UTF8.GetBytes(Manifest(steps).ToJsonString(s_format));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] bytes = signed ? Schema1Signature.Add(payload, key) : payload;
        var root = new Descriptor
        {
            MediaType = signed ? MediaTypes.DockerManifestSchema1Signed : MediaTypes.DockerManifestSchema1,
            Digest = Digest.Compute(payload),
            Size = bytes.Length,
            Platform = TestImages.Amd64,
        };
        IEnumerable<TestContent> blobs = steps.Select(step => new TestContent(
            new Descriptor
            {
                MediaType = MediaTypes.DockerLayerGzip,
                Digest = Digest.Compute(step.Blob),
                Size = step.Blob.Length,
            },
            step.Blob));
        return new TestImage(root, [.. blobs, new TestContent(root, bytes)]);
    }

    /// <summary>The manifest without a signature, the newest step first.</summary>
    public static JsonObject Manifest(IReadOnlyList<Schema1TestStep> steps) => new()
    {
        ["schemaVersion"] = 1,
        ["name"] = "library/old",
        ["tag"] = "latest",
        ["architecture"] = "amd64",
        ["fsLayers"] = new JsonArray([.. steps.Reverse().Select(
            step => new JsonObject { ["blobSum"] = Digest.Compute(step.Blob).ToString() })]),
        ["history"] = new JsonArray([.. steps.Select((step, i) => new JsonObject
        {
            ["v1Compatibility"] = History(step, i, isLast: i == steps.Count - 1).ToJsonString(),
        }).Reverse()]),
    };

    private static JsonObject History(Schema1TestStep step, int number, bool isLast)
    {
        var json = new JsonObject { ["id"] = IdOf(number) };
        if (number > 0)
            json["parent"] = IdOf(number - 1);
        json["created"] = $"2015-10-31T22:22:5{number}.123456789Z";
        json["container_config"] = new JsonObject { ["Cmd"] = new JsonArray([.. step.Command.Split(' ', 3)]) };
        if (step.IsThrowaway)
            json["throwaway"] = true;
        if (!isLast)
            return json;

        json["docker_version"] = "1.8.3";
        json["author"] = "somebody";
        json["config"] = new JsonObject
        {
            ["Env"] = new JsonArray("PATH=/usr/bin"),
            ["Cmd"] = new JsonArray("/bin/sh"),
            ["Labels"] = new JsonObject { ["a"] = "1" },
        };
        json["architecture"] = "amd64";
        json["os"] = "linux";
        json["Size"] = 0;
        return json;
    }

    private static string IdOf(int number) => Digest.Compute(Encoding.UTF8.GetBytes($"{number}")).Hex;
}
