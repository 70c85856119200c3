using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

public sealed class TarSparseTests
{
    // Two pieces at 3 and 10, in a file of 15 bytes.
    private static readonly byte[] s_content = [0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 4, 5, 0, 0, 0];
    private static readonly byte[] s_stored = [1, 2, 3, 4, 5];

    [Theory]
    [InlineData(1, true)]
    [InlineData(int.MaxValue, false)]
    public async Task Holes_are_zeros_in_every_format(int chunk, bool isAsync)
    {
        byte[] archive = new TarBlocks()
            .Pax(
                "GNU.sparse.size=15", "GNU.sparse.numblocks=2", "GNU.sparse.offset=3", "GNU.sparse.numbytes=3",
                "GNU.sparse.offset=10", "GNU.sparse.numbytes=2")
            .Header("0.0", '0', 5).Data(s_stored)
            .Pax("GNU.sparse.size=15", "GNU.sparse.numblocks=2", "GNU.sparse.map=3,3,10,2", "GNU.sparse.name=0.1")
            .Header("GNUSparseFile.1/0.1", '0', 5).Data(s_stored)
            .Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=1.0", "GNU.sparse.realsize=15")
            .Header("GNUSparseFile.1/1.0", '0', 517).Data("2\n3\n3\n10\n2\n").Data(s_stored)
            .Header("old", 'S', 5, edit: block => PutOldMap(block, 15, (3, 3), (10, 2))).Data(s_stored)
            .File("next", "x")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive, chunk, isAsync);

        Assert.Equal(["0.0", "0.1", "1.0", "old", "next"], read.Select(item => item.Entry.Name));
        Assert.All(read.Take(4), item => Assert.Equal(s_content, item.Data));
    }

    [Fact]
    public async Task Long_maps_continue_in_further_blocks()
    {
        (long Offset, long Length)[] pieces = [.. Enumerable.Range(0, 300).Select(i => ((long)i * 1000, 1L))];
        byte[] stored = [.. Enumerable.Range(1, 300).Select(i => (byte)(i | 1))];
        byte[] more = new byte[512 * 15];
        for (int i = 4; i < pieces.Length; i++)
        {
            int block = (i - 4) / 21 * 512;
            PutPiece(more, block + ((i - 4) % 21 * 24), pieces[i]);
            if (block > 0)
                more[block - 512 + 504] = 1;
        }

        byte[] text = TarBlocks.Latin1(
            "300\n" + string.Concat(pieces.Select(piece => $"{piece.Offset}\n{piece.Length}\n")));
        byte[] archive = new TarBlocks()
            .Header("old", 'S', 300, edit: block =>
            {
                PutOldMap(block, 300_000, pieces[..4]);
                block[482] = 1;
            })
            .Bytes(more)
            .Data(stored)
            .Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=300000")
            .Header("1.0", '0', text.Length + (-text.Length & 511) + 300).Data(text).Data(stored)
            .File("next", "")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal(["old", "1.0", "next"], read.Select(item => item.Entry.Name));
        byte[] expected = new byte[300_000];
        for (int i = 0; i < 300; i++)
            expected[i * 1000] = stored[i];
        Assert.Equal(expected, read[0].Data);
        Assert.Equal(expected, read[1].Data);
    }

    [Theory]
    [InlineData("3,3,10")]
    [InlineData("3,3,5,2")]
    [InlineData("3,3,14,2")]
    [InlineData("10,3,3,2")]
    [InlineData("3,3,10,1")]
    [InlineData("3,3,10,3")]
    [InlineData("3,-3,10,8")]
    [InlineData("a")]
    [InlineData("3,9223372036854775807,10,2")]
    [InlineData("9223372036854775807,3,10,2")]
    public async Task Maps_that_do_not_fit_are_refused(string map)
    {
        await TarContents.FailAsync(new TarBlocks()
            .Pax("GNU.sparse.size=15", $"GNU.sparse.map={map}").Header("a", '0', 5).Data(s_stored).End());
    }

    [Theory]
    [InlineData("2\n3\n3\n10\n2")]
    [InlineData("\n")]
    [InlineData("-1\n")]
    [InlineData("x")]
    [InlineData("99999999999999999999\n")]
    [InlineData("3\n3\n3\n10\n2\n")]
    public async Task Malformed_maps_before_the_content_are_refused(string map)
    {
        await TarContents.FailAsync(new TarBlocks()
            .Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=15")
            .Header("a", '0', 517).Data(map).Data(s_stored).End());
    }

    [Fact]
    public async Task A_map_longer_than_the_content_is_refused()
    {
        await TarContents.FailAsync(new TarBlocks()
            .Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=15")
            .Header("a", '0', 100).Data("2\n3\n3\n10\n2\n").Data(s_stored).End());
    }

    [Fact]
    public async Task Sizes_made_of_holes_have_a_limit()
    {
        await TarContents.FailAsync(
            new TarBlocks().Pax($"GNU.sparse.size={long.MaxValue}", "GNU.sparse.map=0,0").Header("a").End(),
            OciErrorCode.LimitExceeded);
    }

    [Fact]
    public async Task A_negative_size_of_an_old_sparse_file_is_refused()
    {
        await TarContents.FailAsync(new TarBlocks()
            .Header("a", 'S', edit: block => block.AsSpan(483, 12).Fill(0xFF)).End());
    }

    private static void PutOldMap(byte[] block, long size, params (long Offset, long Length)[] pieces)
    {
        TarBlocks.Put(block, 257, "ustar  \0");
        TarBlocks.Put(block, 483, TarBlocks.Octal(size, 11));
        for (int i = 0; i < pieces.Length; i++)
            PutPiece(block, 386 + (24 * i), pieces[i]);
    }

    private static void PutPiece(byte[] block, int start, (long Offset, long Length) piece)
    {
        TarBlocks.Put(block, start, TarBlocks.Octal(piece.Offset, 11));
        TarBlocks.Put(block, start + 12, TarBlocks.Octal(piece.Length, 11));
    }
}
