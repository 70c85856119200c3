using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>The images that are moved. Their bytes stay in memory: what arrives is compared with them.</summary>
internal sealed class ChaosImages
{
    private const int KiB = 1024;
    private readonly ChaosImage[] _images;

    public ChaosImages(int seed)
    {
        Former = TestImages.Single(seed + 1);
        Successor = TestImages.Single(seed + 8);
        Overlapping = [.. MakeOverlapping(seed * 1000)];
        _images =
        [
            new(TestImages.Single(seed + 2, layers: 3), 3),
            new(TestImages.MultiPlatform(seed + 3), 2),
            new(TestImages.DockerManifestList(seed + 4), 2),
            new(TestImages.NestedIndex(seed + 5), 1),
            new(OfSizes(seed + 6, 700 * KiB, 1500 * KiB, 40 * KiB, 2500 * KiB), 4),
            new(OfSizes(seed + 7, 24_000 * KiB, 6000 * KiB), 4),
            OfSchema1(seed + 9, signed: true),
            OfSchema1(seed + 10, signed: false),
        ];
    }

    /// <summary>What the destination's tag points to before, at times.</summary>
    public TestImage Former { get; }

    /// <summary>What the source's tag points to after a while, at times.</summary>
    public TestImage Successor { get; }

    /// <summary>Images for two platforms, of which neighbours share layers.</summary>
    public IReadOnlyList<TestImage> Overlapping { get; }

    public ChaosImage Choose(Random random, JobKind kind)
    {
        ChaosImage[] fitting = [.. _images.Where(candidate => candidate.Fits(kind))];
        int left = random.Next(fitting.Sum(candidate => candidate.Weight));
        return fitting.First(candidate => (left -= candidate.Weight) < 0);
    }

    private static IEnumerable<TestImage> MakeOverlapping(int seed)
    {
        TestLayer[] layers = [.. Enumerable.Range(0, 9).Select(i => Layer(seed + i, (i + 1) * 30 * KiB))];
        return Enumerable.Range(0, layers.Length - 3).Select(i => TestImages.Index(
        [
            TestImages.Single(layers[i..(i + 3)], TestImages.Amd64),
            TestImages.Single(layers[(i + 1)..(i + 4)], TestImages.Arm64),
        ]));
    }

    private static TestImage OfSizes(int seed, params int[] sizes) =>
        TestImages.Single([.. sizes.Select((size, i) => Layer((seed * 100) + i, size))]);

    /// <summary>An image that has a layer twice, and steps that change no file.</summary>
    private static ChaosImage OfSchema1(int seed, bool signed)
    {
        TestLayer large = Layer(seed * 100, 1200 * KiB);
        TestLayer small = Layer((seed * 100) + 1, 30 * KiB);
        TestImage image = Schema1Images.Create(
            signed,
            new Schema1TestStep(small.Gzip, "ADD"),
            new Schema1TestStep(Schema1Images.EmptyLayer, "ENV") { IsThrowaway = true },
            new Schema1TestStep(large.Gzip, "RUN"),
            new Schema1TestStep(small.Gzip, "ADD"),
            new Schema1TestStep(Schema1Images.OtherEmptyLayer, "CMD"));
        return new ChaosImage(image, Weight: 2) { Conversion = new Conversion([small, null, large, small, null]) };
    }

    private static TestLayer Layer(int seed, int size)
    {
        byte[] noise = new byte[size];
        new Random(seed).NextBytes(noise);
        return TestLayer.FromFiles(new Dictionary<string, byte[]> { [$"data/{seed}.bin"] = noise });
    }
}
