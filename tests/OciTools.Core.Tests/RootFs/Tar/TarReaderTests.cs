using System.Buffers.Binary;
using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

public sealed class TarReaderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, true)]
    [InlineData(100, false)]
    [InlineData(513, true)]
    [InlineData(int.MaxValue, false)]
    public async Task Reads_entries_however_the_bytes_come(int chunk, bool isAsync)
    {
        byte[] archive = new TarBlocks()
            .Header("d/", '5')
            .File("d/a", "content of a")
            .Header("d/b", '2', link: "a")
            .Header("d/c", '1', link: "d/a")
            .Header("d/p", '6')
            .Header("d/n", '3', edit: block =>
            {
                TarBlocks.Put(block, 329, "0000001");
                TarBlocks.Put(block, 337, "0000003");
            })
            .File("d/e", "")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive, chunk, isAsync);

        Assert.Equal(["d/", "d/a", "d/b", "d/c", "d/p", "d/n", "d/e"], read.Select(item => item.Entry.Name));
        Assert.Equal(
            [
                OciFileType.Directory, OciFileType.File, OciFileType.SymbolicLink, OciFileType.HardLink,
                OciFileType.Fifo, OciFileType.CharacterDevice, OciFileType.File,
            ],
            read.Select(item => item.Entry.Type));
        TarEntry file = read[1].Entry;
        Assert.Equal("content of a", TarContents.Text(read[1].Data));
        Assert.Equal(("alice", "staff", 1000L, 1001L), (file.UserName, file.GroupName, file.Uid, file.Gid));
        Assert.Equal(Convert.ToInt32("644", 8), file.Mode);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(Convert.ToInt64("14500000000", 8)), file.ModifiedTime);
        Assert.Equal(512, file.Offset);
        Assert.Equal(("a", "d/a"), (read[2].Entry.LinkName, read[3].Entry.LinkName));
        Assert.Equal((1, 3), (read[5].Entry.DeviceMajor, read[5].Entry.DeviceMinor));
    }

    [Fact]
    public async Task Content_that_is_not_read_is_passed_over_and_is_gone_then()
    {
        byte[] archive = new TarBlocks().File("a", new string('x', 1000)).File("b", "content").End();
        await using var reader = new TarReader(new MemoryStream(archive));

        TarEntry first = (await reader.ReadEntryAsync(Cancel))!;
        Assert.Equal('x', first.Data.ReadByte());
        TarEntry second = (await reader.ReadEntryAsync(Cancel))!;

        Assert.Equal("b", second.Name);
        Assert.Throws<ObjectDisposedException>(() => first.Data.ReadByte());
        Assert.Null(await reader.ReadEntryAsync(Cancel));
        Assert.Null(await reader.ReadEntryAsync(Cancel));
    }

    [Fact]
    public async Task Records_of_an_extended_header_replace_the_header()
    {
        byte[] archive = new TarBlocks()
            .Pax(
                "path=long/näme", "uid=3000000", "gid=4000000000", "uname=älice",
                "gname=g", "mtime=-1.25", "comment=nothing", "atime=12", "MSWINDOWS.rawsd=AQ==")
            .File("short", "x")
            .File("next", "y")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        TarEntry entry = read[0].Entry;
        Assert.Equal("long/näme", entry.Name);
        Assert.Equal((3000000, 4000000000), (entry.Uid, entry.Gid));
        Assert.Equal(("älice", "g"), (entry.UserName, entry.GroupName));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(-1.25), entry.ModifiedTime);
        Assert.Equal(["MSWINDOWS.rawsd", "atime"], entry.Records.Keys);
        Assert.Equal(("next", 1000L), (read[1].Entry.Name, read[1].Entry.Uid));
    }

    [Theory]
    [InlineData("1.123456789", 1, 1234567)]
    [InlineData("1.1", 1, 1000000)]
    [InlineData("1.", 1, 0)]
    [InlineData("-0.000000001", -1, 9999999)]
    [InlineData("1350244992.02396010", 1350244992, 239601)]
    public async Task Times_have_decimals(string time, long seconds, long ticks)
    {
        TarEntry entry = await TarContents.ReadOneAsync(new TarBlocks().Pax($"mtime={time}").File("a", "").End());

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(ticks), entry.ModifiedTime);
    }

    [Fact]
    public async Task Times_out_of_reach_become_the_nearest()
    {
        byte[] archive = new TarBlocks()
            .Pax("mtime=999999999999999").File("a", "").Pax("mtime=-999999999999999").File("b", "").End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal(DateTimeOffset.MaxValue, read[0].Entry.ModifiedTime);
        Assert.Equal(DateTimeOffset.MinValue, read[1].Entry.ModifiedTime);
    }

    [Fact]
    public async Task The_last_of_equal_keys_counts_and_an_empty_value_takes_back()
    {
        byte[] archive = new TarBlocks()
            .GlobalPax("uname=global", "gname=global", "mtime=5")
            .Pax("path=first", "path=second", "uname=", "mtime=7")
            .File("a", "")
            .File("b", "")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        TarEntry own = read[0].Entry;
        Assert.Equal(("second", "alice", "global"), (own.Name, own.UserName, own.GroupName));
        Assert.Equal(7, own.ModifiedTime.ToUnixTimeSeconds());
        TarEntry other = read[1].Entry;
        Assert.Equal(("b", "global", "global"), (other.Name, other.UserName, other.GroupName));
        Assert.Equal(5, other.ModifiedTime.ToUnixTimeSeconds());
    }

    [Theory]
    [InlineData("size=10")]
    [InlineData("path=x")]
    [InlineData("linkpath=x")]
    [InlineData("GNU.sparse.size=3")]
    [InlineData("SCHILY.xattr.user.a=b")]
    public async Task A_global_header_that_changes_what_entries_there_are_is_refused(string record)
    {
        await TarContents.FailAsync(new TarBlocks().GlobalPax(record).File("a", "").End());
    }

    [Fact]
    public async Task Global_headers_have_a_limit_because_every_entry_looks_at_them()
    {
        string[] records = [.. Enumerable.Range(0, 60).Select(i => $"vendor.{i}=x")];
        byte[] twice = new TarBlocks().GlobalPax(records).GlobalPax(records).File("a", "").End();
        Assert.Single(await TarContents.ReadAsync(twice));

        string[] more = [.. Enumerable.Range(60, 60).Select(i => $"vendor.{i}=x")];
        await TarContents.FailAsync(
            new TarBlocks().GlobalPax(records).GlobalPax(more).File("a", "").End(), OciErrorCode.LimitExceeded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(4096)]
    public async Task The_size_in_an_extended_header_decides_where_the_next_entry_starts(long headerSize)
    {
        // The content is an archive itself: a reader that goes by the other size finds an entry that is not there.
        byte[] content = new TarBlocks().File("smuggled", "x").ToArray();
        byte[] archive = new TarBlocks()
            .Pax($"size={content.Length}")
            .Header("file", '0', headerSize)
            .Data(content)
            .File("last", "")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal(["file", "last"], read.Select(item => item.Entry.Name));
        Assert.Equal(content, read[0].Data);
    }

    [Theory]
    [InlineData('1')]
    [InlineData('2')]
    [InlineData('3')]
    [InlineData('5')]
    [InlineData('6')]
    public async Task Only_files_have_content_whatever_their_size_says(char type)
    {
        byte[] archive = new TarBlocks().Header("a", type, 512, link: "b").File("c", "x").End();

        Assert.Equal(["a", "c"], await TarContents.ReadNamesAsync(archive));
    }

    [Fact]
    public async Task Names_over_100_bytes_come_from_headers_of_GNU_tar_or_from_a_prefix()
    {
        string name = new('n', 300);
        string link = new('l', 300);
        byte[] archive = new TarBlocks()
            .Header("././@LongLink", 'K', link.Length + 1).Data(link + "\0")
            .Header("././@LongLink", 'L', name.Length + 1).Data(name + "\0")
            .Header("short", '2', link: "short")
            .Header("file", edit: block => TarBlocks.Put(block, 345, "prefix/of/it"))
            .Header("old", edit: block =>
            {
                TarBlocks.Put(block, 257, "ustar  \0");
                TarBlocks.Put(block, 345, "14500000000");
            })
            .Header("star", edit: block =>
            {
                TarBlocks.Put(block, 345, "prefix");
                TarBlocks.Put(block, 345 + 131, "14500000000 14500000000 ");
                TarBlocks.Put(block, 508, "tar");
            })
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal([name, "prefix/of/it/file", "old", "prefix/star"], read.Select(item => item.Entry.Name));
        Assert.Equal(link, read[0].Entry.LinkName);
    }

    [Fact]
    public async Task Old_headers_have_no_owner_names_and_a_slash_makes_a_directory()
    {
        Action<byte[]> old = block => block.AsSpan(257).Clear();
        byte[] archive = new TarBlocks()
            .Header("d/", '\0', edit: old).Header("e/", '0', edit: old).Header("f", '\0', edit: old).End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal(
            [OciFileType.Directory, OciFileType.Directory, OciFileType.File], read.Select(item => item.Entry.Type));
        Assert.All(read, item => Assert.Equal(("", ""), (item.Entry.UserName, item.Entry.GroupName)));
    }

    [Fact]
    public async Task Unknown_types_are_files_and_what_is_no_file_is_passed_over()
    {
        byte[] archive = new TarBlocks()
            .Header("label", 'V')
            .Header("contiguous", '7', 1).Data("7")
            .Header("vendor", 'Z', 1).Data("Z")
            .Header("dump/", 'D', 4).Data("Ya\0\0")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal(
            [("contiguous", OciFileType.File), ("vendor", OciFileType.File), ("dump/", OciFileType.Directory)],
            read.Select(item => (item.Entry.Name, item.Entry.Type)));
        Assert.Equal("Z", TarContents.Text(read[1].Data));
    }

    [Fact]
    public async Task A_part_of_several_volumes_is_not_supported()
    {
        await TarContents.FailAsync(new TarBlocks().Header("a", 'M').End(), OciErrorCode.NotSupported);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-2)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1L << 40)]
    public async Task Numbers_may_be_binary(long time)
    {
        byte[] archive = new TarBlocks().Header("a", edit: block => PutBinary(block, 136, 12, time)).End();

        TarEntry entry = await TarContents.ReadOneAsync(archive);

        Assert.Equal(TarTime.From(time), entry.ModifiedTime);
    }

    [Fact]
    public async Task Sizes_and_owners_may_be_binary()
    {
        byte[] archive = new TarBlocks()
            .Header("a", size: 3, edit: block =>
            {
                PutBinary(block, 124, 12, 3);
                PutBinary(block, 108, 8, 3_000_000_000);
            })
            .Data("abc")
            .File("b", "")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal(["a", "b"], read.Select(item => item.Entry.Name));
        Assert.Equal(3_000_000_000, read[0].Entry.Uid);
    }

    [Theory]
    [InlineData(124, 12)]
    [InlineData(108, 8)]
    [InlineData(116, 8)]
    public async Task Negative_sizes_and_owners_are_refused(int start, int length)
    {
        byte[] archive = new TarBlocks().Header("a", edit: block => PutBinary(block, start, length, -512)).End();

        OciException exception = await TarContents.FailAsync(archive);

        Assert.Contains("'a' at byte 0: its", exception.Message);
        Assert.Contains("negative", exception.Message);
    }

    [Fact]
    public async Task A_size_beyond_63_bits_is_refused()
    {
        byte[] archive = new TarBlocks().Header("a", edit: block =>
        {
            block.AsSpan(124, 12).Fill(0xFF);
            block[124] = 0x80;
        }).End();

        await TarContents.FailAsync(archive);
    }

    [Fact]
    public async Task A_size_beyond_the_archive_is_refused()
    {
        byte[] archive = new TarBlocks().Header("big", edit: block => PutBinary(block, 124, 12, long.MaxValue)).End();

        OciException exception = await TarContents.FailAsync(archive);
        Assert.Contains("'big'", exception.Message);
        await using var reader = new TarReader(new MemoryStream(archive), "test.tar");
        Assert.Equal(long.MaxValue, (await reader.ReadEntryAsync(Cancel))!.Size);
        await Assert.ThrowsAsync<OciException>(async () => await reader.ReadEntryAsync(Cancel));
    }

    [Fact]
    public async Task Checksums_of_signed_bytes_are_right_too()
    {
        Assert.Equal(["caf\u00e9"], (await TarContents.ReadNamesAsync(
            new TarBlocks().Header("caf\u00c3\u00a9", signed: true).End())));
    }

    [Fact]
    public async Task A_wrong_checksum_is_refused()
    {
        byte[] archive = new TarBlocks().File("a", "x").File("b", "y").End();
        archive[1024] ^= 1;

        OciException exception = await TarContents.FailAsync(archive);

        Assert.Contains("at byte 1024: the checksum of a header is wrong", exception.Message);
    }

    [Fact]
    public async Task What_is_no_archive_is_refused()
    {
        OciException exception = await TarContents.FailAsync(TarBlocks.Latin1(new string('?', 600)));

        Assert.Contains("does not start with a tar header", exception.Message);
    }

    [Fact]
    public async Task Names_that_are_no_UTF8_keep_their_bytes()
    {
        const string Bytes = "a\u00ff\u00c3(\u00ed\u00b2\u0080b";
        TarEntry entry = await TarContents.ReadOneAsync(new TarBlocks().File(Bytes, "").End());

        Assert.Equal(TarBlocks.Latin1(Bytes), TarText.Encode(entry.Name));
        Assert.True(TarText.HasEscapes(entry.Name));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(5120)]
    public async Task The_end_may_have_fewer_blocks_of_zeros_or_more(int zeros)
    {
        byte[] archive = new TarBlocks().File("a", "x").Bytes(new byte[zeros]).ToArray();

        Assert.Equal(["a"], await TarContents.ReadNamesAsync(archive));
    }

    [Fact]
    public async Task What_follows_the_end_is_ignored()
    {
        byte[] archive =
            new TarBlocks().File("a", "x").Bytes(TarBlocks.EndOfArchive).File("b", "y").Bytes([1, 2, 3]).ToArray();

        Assert.Equal(["a"], await TarContents.ReadNamesAsync(archive));
    }

    [Fact]
    public async Task An_archive_without_entries_is_empty()
    {
        Assert.Empty(await TarContents.ReadAsync([]));
        Assert.Empty(await TarContents.ReadAsync(TarBlocks.EndOfArchive));
    }

    [Fact]
    public async Task Data_after_a_single_block_of_zeros_is_refused()
    {
        await TarContents.FailAsync(new TarBlocks().File("a", "x").Bytes(new byte[512]).File("b", "y").End());
    }

    [Fact]
    public async Task An_archive_may_end_right_after_the_content_of_its_last_file()
    {
        byte[] archive = new TarBlocks().Header("a", size: 3).Bytes([1, 2, 3]).ToArray();

        Assert.Equal(["a"], await TarContents.ReadNamesAsync(archive));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(700)]
    [InlineData(1111)]
    [InlineData(1600)]
    [InlineData(2048)]
    public async Task An_archive_that_is_cut_elsewhere_is_refused(int length)
    {
        byte[] archive = new TarBlocks().File("a", new string('x', 600)).File("b", "y").End();

        await TarContents.FailAsync([.. archive.Take(length)]);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('L')]
    [InlineData('K')]
    public async Task A_header_that_announces_an_entry_needs_one(char type)
    {
        byte[] header = new TarBlocks().Header("h", type, 9).Data("9 path=a\n").ToArray();

        await TarContents.FailAsync(header);
        await TarContents.FailAsync([.. header, .. TarBlocks.EndOfArchive]);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('g')]
    [InlineData('L')]
    [InlineData('K')]
    public async Task A_header_over_1_MiB_is_refused_before_it_is_read(char type)
    {
        byte[] archive = new TarBlocks().Header("h", type, (1024 * 1024) + 1).ToArray();

        await TarContents.FailAsync(archive, OciErrorCode.LimitExceeded);
    }

    [Theory]
    [InlineData("9 path=a")]
    [InlineData("8 path=a\n")]
    [InlineData("11 path=a\n")]
    [InlineData("path=a\n")]
    [InlineData("+9 path=a\n")]
    [InlineData("-9 path=a\n")]
    [InlineData("4 =\n")]
    [InlineData("7 path\n")]
    [InlineData("99999999999999999999 path=a\n")]
    [InlineData("12")]
    [InlineData("2 ")]
    [InlineData("11 path=a\0\n")]
    [InlineData("9 size=x\n")]
    [InlineData("11 size=-1\n")]
    [InlineData("28 size=9999999999999999999\n")]
    [InlineData("11 mtime=x\n")]
    [InlineData("13 mtime=1.x\n")]
    [InlineData("8 uid=+\n")]
    public async Task Malformed_records_are_refused(string content)
    {
        await TarContents.FailAsync(new TarBlocks().Header("h", 'x', content.Length).Data(content).File("a", "").End());
    }

    [Fact]
    public async Task Extended_attributes_come_as_star_and_as_libarchive_write_them()
    {
        byte[] binary = [0, 1, 0xFF, 0x0A, 0x3D];
        byte[] record = [.. "31 SCHILY.xattr.user.raw="u8, .. binary, (byte)'\n'];
        byte[] archive = new TarBlocks()
            .Header("h", 'x', record.Length).Data(record)
            .File("a", "")
            .Pax(
                "LIBARCHIVE.xattr.user.a%20b=AAH/Cj0", "LIBARCHIVE.xattr.user.c=AA==", "SCHILY.xattr.user.c=star",
                "SCHILY.xattr.user.d=")
            .File("b", "")
            .End();

        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(archive);

        Assert.Equal(binary, read[0].Entry.ExtendedAttributes["user.raw"]);
        IReadOnlyDictionary<string, byte[]> attributes = read[1].Entry.ExtendedAttributes;
        Assert.Equal(["user.a b", "user.c", "user.d"], attributes.Keys);
        Assert.Equal(binary, attributes["user.a b"]);
        Assert.Equal("star"u8.ToArray(), attributes["user.c"]);
        Assert.Empty(attributes["user.d"]);
    }

    private static void PutBinary(byte[] block, int start, int length, long number)
    {
        block.AsSpan(start, length).Fill((byte)(number < 0 ? 0xFF : 0));
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(start + length - 8), number);
        block[start] |= 0x80;
    }
}
