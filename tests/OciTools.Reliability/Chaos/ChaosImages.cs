using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>The images that are moved. Their bytes stay in memory: what arrives is compared with them.</summary>
internal sealed class ChaosImages
{
    private const int KiB = 1024;
    private readonly (TestImage Image, int Weight)[] _images;

    public ChaosImages(int seed)
    {
        Former = TestImages.Single(seed + 1);
        Successor = TestImages.Single(seed + 8);
        _images =
        [
            (TestImages.Single(seed + 2, layers: 3), 3),
            (TestImages.MultiPlatform(seed + 3), 2),
            (TestImages.DockerManifestList(seed + 4), 2),
            (TestImages.NestedIndex(seed + 5), 1),
            (OfSizes(seed + 6, 700 * KiB, 1500 * KiB, 40 * KiB, 2500 * KiB), 4),
            (OfSizes(seed + 7, 24_000 * KiB, 6000 * KiB), 4),
        ];
    }

    /// <summary>What the destination's tag points to before, at times.</summary>
    public TestImage Former { get; }

    /// <summary>What the source's tag points to after a while, at times.</summary>
    public TestImage Successor { get; }

    public TestImage Choose(Random random)
    {
        int left = random.Next(_images.Sum(candidate => candidate.Weight));
        return _images.First(candidate => (left -= candidate.Weight) < 0).Image;
    }

    private static TestImage OfSizes(int seed, params int[] sizes) =>
        TestImages.Single([.. sizes.Select((size, i) => Layer((seed * 100) + i, size))]);

    private static TestLayer Layer(int seed, int size)
    {
        byte[] noise = new byte[size];
        new Random(seed).NextBytes(noise);
        return TestLayer.FromFiles(new Dictionary<string, byte[]> { [$"data/{seed}.bin"] = noise });
    }
}
