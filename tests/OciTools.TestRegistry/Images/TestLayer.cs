using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace OciTools.Testing;

/// <summary>A layer: the files in it, the tar, and the tar compressed with gzip.</summary>
public sealed class TestLayer
{
    private static readonly DateTimeOffset s_time = new(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private TestLayer(IReadOnlyDictionary<string, byte[]> files, byte[] tar)
    {
        Files = files;
        Tar = tar;
        Gzip = Compress(tar);
        DiffId = Digest.Compute(tar);
    }

    /// <summary>The content of each file by its path.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    public byte[] Tar { get; }

    public byte[] Gzip { get; }

    /// <summary>The digest of the tar.</summary>
    public Digest DiffId { get; }

    /// <summary>A layer of a directory with two files, the same for the same seed.</summary>
    public static TestLayer FromSeed(int seed)
    {
        byte[] noise = new byte[1000];
        new Random(seed).NextBytes(noise);
        return FromFiles(new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            [$"data/{seed}.bin"] = noise,
            [$"data/{seed}.txt"] = Encoding.UTF8.GetBytes($"file of layer {seed}\n"),
        });
    }

    /// <summary>A layer of files, with an entry for every directory before them.</summary>
    public static TestLayer FromFiles(IReadOnlyDictionary<string, byte[]> files)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (string directory in files.Keys.SelectMany(Parents).Distinct())
            {
                writer.WriteEntry(new UstarTarEntry(TarEntryType.Directory, directory)
                {
                    Mode = (UnixFileMode)0b111_101_101,
                    ModificationTime = s_time,
                });
            }

            foreach ((string path, byte[] content) in files)
            {
                writer.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path)
                {
                    Mode = (UnixFileMode)0b110_100_100,
                    ModificationTime = s_time,
                    DataStream = new MemoryStream(content),
                });
            }
        }

        return new TestLayer(files, stream.ToArray());
    }

    private static IEnumerable<string> Parents(string path) => path
        .Select((character, index) => (character, index))
        .Where(c => c.character == '/')
        .Select(c => path[..(c.index + 1)]);

    private static byte[] Compress(byte[] tar)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(tar);
        return stream.ToArray();
    }
}
