namespace OciTools.Benchmarks;

/// <summary>An image to copy.</summary>
/// <param name="Name">The name on the command line and in the report.</param>
/// <param name="Platforms">How many platforms it has; without an index when 1.</param>
/// <param name="Layers">How many layers each platform has.</param>
/// <param name="SmallestLayer">The bytes of the smallest layer.</param>
/// <param name="LargestLayer">The bytes of the largest layer.</param>
internal sealed record SampleImage(string Name, int Platforms, int Layers, int SmallestLayer, int LargestLayer)
{
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;

    /// <summary>Those that are measured unless others are asked for.</summary>
    public static IReadOnlyList<SampleImage> Usual { get; } =
    [
        new("big", 1, 4, 256 * MiB, 256 * MiB),
        new("many", 1, 120, MiB, MiB),
        new("multi", 8, 5, 256 * KiB, MiB),
    ];

    /// <summary>
    /// All, with one whose only layer is large enough to be worth several connections, and one of very many files.
    /// </summary>
    public static IReadOnlyList<SampleImage> All { get; } =
    [
        .. Usual,
        new("giant", 1, 1, 1024 * MiB, 1024 * MiB),
        new("files", 1, 6, 27 * MiB, 27 * MiB) { FilesPerLayer = 6834 },
    ];

    /// <summary>How many files a layer has, with text; 0 for one that cannot be compressed.</summary>
    public int FilesPerLayer { get; private init; }

    /// <summary>How many files there are when the layers are unpacked.</summary>
    public int UnpackedFiles => FilesPerLayer == 0 ? 1 : Layers * FilesPerLayer;

    /// <summary>The same image with smaller or larger layers.</summary>
    public SampleImage Scale(double factor) => this with
    {
        SmallestLayer = (int)(SmallestLayer * factor),
        LargestLayer = (int)(LargestLayer * factor),
    };
}
