using System.Reflection;

namespace OciTools.Reliability.Fuzz.Targets;

internal sealed class ZstdTarget : LayerTarget
{
    /// <summary>A frame to be skipped, with four bytes in it (RFC 8878, 3.1.2).</summary>
    private static readonly byte[] s_skipped = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];

    public override string Name => "zstd";

    /// <summary>Made with the zstd program, fast and small, with and without checksum.</summary>
    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Read("text-fast"), Read("text-small"), Read("repeats"),
        [.. Read("text-fast"), .. s_skipped, .. Read("repeats")],
    ];

    private static byte[] Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly()
            .GetManifestResourceStream($"OciTools.Reliability.Fuzz.Seeds.{name}.zst")!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
