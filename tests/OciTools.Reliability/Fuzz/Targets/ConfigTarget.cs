using OciTools.Testing;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>The configs of images.</summary>
internal sealed class ConfigTarget : FuzzTarget
{
    public override string Name => "configs";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        TestImages.Single().Blobs.First(blob => blob.Descriptor.MediaType == MediaTypes.OciConfig).Bytes,
        """
        {"os":"linux","architecture":"arm64","variant":"v8","created":"2024-01-02T03:04:05.123456789+01:00",
        "config":{"Env":["A=B"],"Labels":{"a":"b"},"ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},
        "Healthcheck":{"Test":["CMD","x"],"Interval":1000000000,"Retries":3}},
        "rootfs":{"type":"layers","diff_ids":[]},"history":[{"created_by":"x","empty_layer":true}]}
        """u8.ToArray(),
    ];

    public override IReadOnlyList<string> Tokens => [.. JsonPieces.All, "\"history\":", "\"Healthcheck\":", "\"Env\":"];

    public override Task RunAsync(byte[] input)
    {
        _ = ImageConfig.Parse(RawDocument.Create(input, MediaTypes.OciConfig));
        return Task.CompletedTask;
    }

    public override bool IsDocumented(Exception exception) =>
        exception is OciException { Code: OciErrorCode.ManifestInvalid };
}
