using System.Text;
using OciTools.RootFs;
using OciTools.Tests.Support;
using TarEntry = OciTools.RootFs.TarEntry;
using TarReader = OciTools.RootFs.TarReader;
using TarWriter = OciTools.RootFs.TarWriter;

namespace OciTools.Tests.RootFs;

public sealed class TarWriterTests
{
    private static readonly byte[] s_content = Encoding.ASCII.GetBytes("some content\n");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>One entry of each kind, and one for each thing that a plain header cannot hold.</summary>
    private static IReadOnlyList<TarEntry> Entries =>
    [
        new() { Name = "d/", Type = OciFileType.Directory, Mode = Convert.ToInt32("1777", 8) },
        File("d/plain") with { Uid = 1000, Gid = 1001, UserName = "alice", GroupName = "staff", ModifiedTime = At(1) },
        new() { Name = "d/symbolic", Type = OciFileType.SymbolicLink, LinkName = "plain" },
        new() { Name = "d/hard", Type = OciFileType.HardLink, LinkName = "d/plain" },
        new() { Name = "d/fifo", Type = OciFileType.Fifo },
        new() { Name = "d/null", Type = OciFileType.CharacterDevice, DeviceMajor = 1, DeviceMinor = 3 },
        new() { Name = "d/disk", Type = OciFileType.BlockDevice, DeviceMajor = 259, DeviceMinor = 1048575 },
        File(new string('a', 100)),
        File(new string('b', 101)),
        File($"{new string('p', 155)}/{new string('n', 100)}"),
        File($"{new string('p', 156)}/{new string('n', 100)}"),
        File("dé/ü"),
        File("\uDCFF\uDC80 \U0001F600"),
        new() { Name = "long link", Type = OciFileType.SymbolicLink, LinkName = new string('l', 101) },
        File("owner") with { Uid = 1L << 21, Gid = uint.MaxValue },
        File("owner names") with { UserName = new string('u', 32), GroupName = "grüppe" },
        File("fraction") with { ModifiedTime = At(1).AddTicks(1234567) },
        File("past") with { ModifiedTime = At(-1.5) },
        File("attributes") with
        {
            ExtendedAttributes = new Dictionary<string, byte[]>
            {
                ["user.z"] = [0, 255, 10],
                ["security.capability"] = [1, 2],
                ["user.empty"] = [],
            },
            Records = new Dictionary<string, string> { ["atime"] = "5", ["MSWINDOWS.rawsd"] = "AQ==" },
        },
    ];

    [Fact]
    public async Task What_is_written_is_read_again()
    {
        List<(TarEntry Entry, byte[] Data)> read = await TarContents.ReadAsync(await WriteAsync(Entries));

        Assert.Equal(Entries.Count, read.Count);
        foreach ((TarEntry expected, (TarEntry entry, byte[] data)) in Entries.Zip(read))
        {
            Assert.Equal(Describe(expected), Describe(entry));
            Assert.Equal(expected.Type == OciFileType.File ? s_content : [], data);
        }
    }

    [Fact]
    public async Task The_same_entries_give_the_same_bytes()
    {
        Assert.Equal(await WriteAsync(Entries), await WriteAsync(Entries));
    }

    [Fact]
    public async Task A_plain_header_is_all_where_it_suffices()
    {
        byte[] archive = await WriteAsync(
            [File("d/plain") with { Uid = (1L << 21) - 1, UserName = new string('u', 31) }]);

        Assert.Equal(512 + 512 + 1024, archive.Length);
        Assert.Equal("ustar\000", Encoding.ASCII.GetString(archive, 257, 8));
    }

    [Fact]
    public async Task Extended_headers_have_a_fixed_name_and_their_records_in_order()
    {
        byte[] archive = await WriteAsync([File(new string('é', 60)) with { Uid = 1L << 30, ModifiedTime = At(0.5) }]);

        Assert.Equal("././@PaxHeader\0", Encoding.ASCII.GetString(archive, 0, 15));
        Assert.Equal((byte)'x', archive[156]);
        string records = Encoding.UTF8.GetString(archive, 512, 512).TrimEnd('\0');
        Assert.Equal($"13 mtime=0.5\n130 path={new string('é', 60)}\n18 uid=1073741824\n", records);
    }

    [Fact]
    public async Task Sizes_over_8_GiB_are_in_an_extended_header()
    {
        const long Size = 9L << 30;
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("big.tar");
        await using (FileStream file = System.IO.File.Create(path))
        {
            await using var writer = new TarWriter(file);
            await Assert.ThrowsAsync<InvalidDataException>(() => writer.WriteEntryAsync(
                new TarEntry { Name = "big", Size = Size }, Cancel));
            file.SetLength(file.Position + Size + 1024);
        }

        await using var reader = new TarReader(System.IO.File.OpenRead(path));
        Assert.Equal(Size, (await reader.ReadEntryAsync(Cancel))!.Size);
        if (Tool.Find("tar") is not null)
            Assert.Contains($" {Size} ", await Tool.RunAsync("tar", "-tvf", path));
    }

    [Fact]
    public async Task Data_that_ends_before_its_size_is_an_error()
    {
        await using var writer = new TarWriter(new MemoryStream());

        InvalidDataException exception = await Assert.ThrowsAsync<InvalidDataException>(() => writer.WriteEntryAsync(
            File("a") with { Size = 20 }, Cancel));

        Assert.Contains("'a' ends 7 bytes", exception.Message);
    }

    [Fact]
    public async Task Another_reader_sees_the_same()
    {
        // It refuses text that is no UTF-8, a line feed in a record, and numbers of owners over 2^31.
        TarEntry[] entries = [.. Entries
            .Where(entry => !TarText.HasEscapes(entry.Name) && entry.ExtendedAttributes.Count == 0)
            .Select(entry => entry with { Gid = Math.Min(entry.Gid, int.MaxValue) })];
        var reader = new System.Formats.Tar.TarReader(new MemoryStream(await WriteAsync(entries)));

        foreach (TarEntry expected in entries)
        {
            System.Formats.Tar.TarEntry entry = (await reader.GetNextEntryAsync(copyData: true, Cancel))!;
            Assert.Equal(expected.Name, entry.Name);
            Assert.Equal(expected.LinkName, entry.LinkName);
            Assert.Equal((expected.Uid, expected.Gid), (entry.Uid, entry.Gid));
            Assert.Equal(expected.Mode, (int)entry.Mode);
            Assert.Equal(expected.ModifiedTime, entry.ModificationTime);
            Assert.Equal(expected.Size, entry.Length);
        }

        Assert.Null(await reader.GetNextEntryAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task GNU_tar_extracts_it()
    {
        Tool.Require("tar");
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("test.tar");
        TarEntry[] entries = [.. Entries.Where(entry => !TarText.HasEscapes(entry.Name)
            && entry.Type is not (OciFileType.CharacterDevice or OciFileType.BlockDevice))];
        await System.IO.File.WriteAllBytesAsync(path, await WriteAsync(entries), Cancel);

        string list = await Tool.RunAsync("tar", "-tvf", path, "--numeric-owner", "--quoting-style=literal");
        await Tool.RunAsync("tar", "-xf", path, "-C", directory.Path, "--no-same-owner");

        Assert.Equal(entries.Length, list.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("2097152/4294967295", list);
        foreach (TarEntry entry in entries.Where(e => e.Type == OciFileType.File))
        {
            var file = new FileInfo(directory.Combine(entry.Name));
            Assert.Equal(s_content, await System.IO.File.ReadAllBytesAsync(file.FullName, Cancel));
            Assert.Equal(entry.ModifiedTime.UtcDateTime, file.LastWriteTimeUtc);
        }

        Assert.Equal(new string('l', 101), new FileInfo(directory.Combine("long link")).LinkTarget);
    }

    private static TarEntry File(string name) =>
        new() { Name = name, Size = s_content.Length, Data = new MemoryStream(s_content) };

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);

    private static async Task<byte[]> WriteAsync(IEnumerable<TarEntry> entries)
    {
        var archive = new MemoryStream();
        await using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach (TarEntry entry in entries)
                await writer.WriteEntryAsync(entry, Cancel);
            await writer.CompleteAsync(Cancel);
        }

        return archive.ToArray();
    }

    private static string Describe(TarEntry entry) => string.Join('|', (string[])
    [
        entry.Name, $"{entry.Type}", $"{entry.Mode}", $"{entry.Uid}", $"{entry.Gid}", entry.UserName, entry.GroupName,
        $"{entry.Size}", $"{entry.ModifiedTime.UtcTicks}", entry.LinkName,
        $"{entry.DeviceMajor}", $"{entry.DeviceMinor}",
        string.Join(',', entry.ExtendedAttributes.OrderBy(a => a.Key, StringComparer.Ordinal)
            .Select(a => $"{a.Key}={Convert.ToHexString(a.Value)}")),
        string.Join(',', entry.Records.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key}={r.Value}")),
    ]);
}
