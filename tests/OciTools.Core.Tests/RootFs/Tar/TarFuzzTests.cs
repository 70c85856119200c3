using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>
/// Archives with random damage: they are read, or refused with an error that is documented, and nothing else.
/// </summary>
public sealed class TarFuzzTests
{
    private const int Mutations = 4000;
    private const int MaximumRead = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Damaged_archives_are_read_or_refused(int seed)
    {
        var random = new Random(seed);
        byte[] original = MakeArchive();
        int refused = 0;
        for (int i = 0; i < Mutations; i++)
        {
            byte[] archive = Mutate([.. original], random);
            try
            {
                Read(archive);
            }
            catch (OciException exception)
            {
                Assert.True(exception.Code is OciErrorCode.ArchiveInvalid or OciErrorCode.LimitExceeded
                    or OciErrorCode.NotSupported, exception.ToString());
                refused++;
            }
        }

        Assert.InRange(refused, Mutations / 4, Mutations - 1);
    }

    private static void Read(byte[] archive)
    {
        using var reader = new TarReader(new MemoryStream(archive));
        byte[] buffer = new byte[4096];
        while (reader.ReadEntry() is { } entry)
        {
            Assert.True(entry.Size >= 0);
            for (int read = 0, count = 1; count > 0 && read < MaximumRead; read += count)
                count = entry.Data.Read(buffer);
        }
    }

    /// <summary>Damages some bytes, and makes the checksums right again most of the time.</summary>
    private static byte[] Mutate(byte[] archive, Random random)
    {
        int count = random.Next(1, 4);
        for (int i = 0; i < count; i++)
        {
            int at = random.Next(archive.Length);
            archive[at] = random.Next(4) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)(archive[at] ^ (1 << random.Next(8))),
                2 => (byte)'9',
                _ => 0xFF,
            };
            int block = at & ~511;
            if (random.Next(8) == 0 || archive.AsSpan(block + 257, 5).SequenceEqual("ustar"u8) is false)
                continue;
            TarBlocks.Put(archive, block + 148, "        ");
            int sum = 0;
            foreach (byte value in archive.AsSpan(block, 512))
                sum += value;
            TarBlocks.Put(archive, block + 148, TarBlocks.Octal(sum, 6));
        }

        return random.Next(10) == 0 ? archive[..random.Next(archive.Length)] : archive;
    }

    private static byte[] MakeArchive() => new TarBlocks()
        .GlobalPax("uname=global", "mtime=1.5")
        .Header("d/", '5')
        .Pax(
            "path=d/long", "size=5", "uid=3000000", "mtime=-1.25", "SCHILY.xattr.user.a=b",
            "LIBARCHIVE.xattr.user.c=AA")
        .File("short", "12345")
        .Header("././@LongLink", 'K', 5).Data("link\0")
        .Header("././@LongLink", 'L', 5).Data("name\0")
        .Header("l", '2', link: "x")
        .Pax("GNU.sparse.size=15", "GNU.sparse.map=3,3,10,2")
        .Header("0.1", '0', 5).Data("12345")
        .Pax(
            "GNU.sparse.size=15", "GNU.sparse.offset=3", "GNU.sparse.numbytes=3", "GNU.sparse.offset=10",
            "GNU.sparse.numbytes=2")
        .Header("0.0", '0', 5).Data("12345")
        .Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=15")
        .Header("1.0", '0', 517).Data("2\n3\n3\n10\n2\n").Data("12345")
        .Header("old", 'S', 5, edit: block =>
        {
            TarBlocks.Put(block, 257, "ustar  \0");
            TarBlocks.Put(block, 386, "00000000003 00000000003 00000000012 00000000002 ");
            TarBlocks.Put(block, 483, "00000000017 ");
            block[482] = 1;
        })
        .Data("\0").Data("12345")
        .Header("dev", '3')
        .File("last", "content")
        .End();
}
