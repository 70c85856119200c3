using System.IO.Compression;

namespace OciTools.Reliability.Fuzz.Targets;

internal sealed class GzipTarget : LayerTarget
{
    public override string Name => "gzip";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Pack(TarSeeds.All[2]), [.. Pack(TarSeeds.All[1]), .. Pack(TarSeeds.All[0])], Pack(new byte[100_000]),
        [.. Pack([1, 2, 3]), .. new byte[512]],
    ];

    public override IReadOnlyList<string> Tokens => ["\u001f\u008b\b", "\0\0\0\0"];

    private static byte[] Pack(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
