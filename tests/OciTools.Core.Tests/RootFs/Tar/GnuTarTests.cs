using System.Runtime.InteropServices;
using OciTools.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

/// <summary>Archives that GNU tar makes of real files.</summary>
public sealed class GnuTarTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v7")]
    [InlineData("oldgnu")]
    [InlineData("gnu")]
    [InlineData("ustar")]
    [InlineData("posix")]
    public async Task Reads_every_format(string format)
    {
        Tool.Require("tar");
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Combine("in", "empty"));
        var contents = new Dictionary<string, byte[]>();
        foreach (int size in (int[])[0, 1, 511, 512, 513, 70_000])
            contents[$"in/{size}"] = MakeContent(size);
        contents["in/näme with spaces"] = MakeContent(5);
        if (format != "v7")
            contents[$"in/{new string('d', 80)}/{new string('e', 80)}"] = MakeContent(6);
        if (format is "gnu" or "posix")
            contents[$"in/{new string('x', 200)}/{new string('y', 200)}"] = MakeContent(7);
        foreach ((string path, byte[] content) in contents)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(directory.Combine(path))!);
            await File.WriteAllBytesAsync(directory.Combine(path), content, Cancel);
        }

        File.CreateSymbolicLink(directory.Combine("in", "link"), "511");
        File.SetLastWriteTimeUtc(directory.Combine("in", "1"), new DateTime(2020, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        await Tool.RunAsync("chmod", "4751", directory.Combine("in", "1"));

        List<(TarEntry Entry, byte[] Data)> read = await PackAsync(directory, [$"--format={format}", "in"]);

        Assert.All(contents, content => Assert.Equal(content.Value, Find(read, content.Key).Data));
        Assert.Equal(OciFileType.Directory, Find(read, "in/empty/").Entry.Type);
        TarEntry link = Find(read, "in/link").Entry;
        Assert.Equal((OciFileType.SymbolicLink, "511"), (link.Type, link.LinkName));
        TarEntry one = Find(read, "in/1").Entry;
        Assert.Equal(new DateTimeOffset(2020, 2, 3, 4, 5, 6, TimeSpan.Zero), one.ModifiedTime);
        Assert.Equal(Convert.ToInt32("4751", 8), one.Mode);
    }

    [Theory]
    [InlineData("--format=gnu", "--numeric-owner")]
    [InlineData("--format=oldgnu", "--numeric-owner")]
    [InlineData("--format=posix", "--sparse-version=0.0")]
    [InlineData("--format=posix", "--sparse-version=0.1")]
    [InlineData("--format=posix", "--sparse-version=1.0")]
    public async Task Expands_sparse_files(string format, string version)
    {
        Tool.Require("tar");
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Combine("in"));
        await using (FileStream file = File.Create(directory.Combine("in", "sparse")))
        {
            for (int piece = 0; piece < 60; piece++)
            {
                file.Position = piece * 50_000L;
                await file.WriteAsync(MakeContent(4096 + piece), Cancel);
            }

            file.SetLength(5_000_000);
        }

        await File.WriteAllTextAsync(directory.Combine("in", "z"), "after", Cancel);
        List<(TarEntry Entry, byte[] Data)> read = await PackAsync(
            directory, [format, version, "--sparse", "--sort=name", "in"]);

        Assert.Equal(["in/", "in/sparse", "in/z"], read.Select(item => item.Entry.Name));
        Assert.Equal(await File.ReadAllBytesAsync(directory.Combine("in", "sparse"), Cancel), read[1].Data);
        Assert.Equal("after", TarContents.Text(read[2].Data));
        Assert.True(new FileInfo(directory.Combine("test.tar")).Length < 1_000_000, "The archive is not sparse.");
    }

    [Theory]
    [InlineData("gnu")]
    [InlineData("posix")]
    public async Task Reads_a_file_of_9_GiB_of_holes(string format)
    {
        Tool.Require("tar");
        const long Size = 9L << 30;
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Combine("in"));
        await using (FileStream file = File.Create(directory.Combine("in", "big")))
        {
            file.SetLength(Size);
            file.Position = 1000;
            file.WriteByte(7);
        }

        await File.WriteAllTextAsync(directory.Combine("in", "z"), "after", Cancel);
        string archive = directory.Combine("test.tar");
        await Tool.RunAsync("tar", "-C", directory.Path, "-cSf", archive, $"--format={format}", "--sort=name", "in");

        await using var reader = new TarReader(File.OpenRead(archive));
        await reader.ReadEntryAsync(Cancel);
        TarEntry big = (await reader.ReadEntryAsync(Cancel))!;
        Assert.Equal(Size, big.Size);
        byte[] start = new byte[2000];
        await big.Data.ReadExactlyAsync(start, Cancel);
        Assert.Equal(7, start[1000]);
        Assert.Equal("in/z", (await reader.ReadEntryAsync(Cancel))!.Name);
    }

    [Fact]
    public async Task Reads_hard_links_pipes_and_devices()
    {
        Tool.Require("tar");
        Tool.Require("mkfifo");
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Combine("in"));
        await File.WriteAllTextAsync(directory.Combine("in", "a"), "content", Cancel);
        await Tool.RunAsync("ln", directory.Combine("in", "a"), directory.Combine("in", "b"));
        await Tool.RunAsync("mkfifo", directory.Combine("in", "c"));
        if (Environment.IsPrivilegedProcess)
            await Tool.RunAsync("mknod", directory.Combine("in", "d"), "b", "259", "70000");

        List<(TarEntry Entry, byte[] Data)> read = await PackAsync(directory, ["--sort=name", "in"]);

        TarEntry link = Find(read, "in/b").Entry;
        Assert.Equal((OciFileType.HardLink, "in/a", 0), (link.Type, link.LinkName, link.Size));
        Assert.Equal(OciFileType.Fifo, Find(read, "in/c").Entry.Type);
        if (!Environment.IsPrivilegedProcess)
            return;
        TarEntry device = Find(read, "in/d").Entry;
        Assert.Equal((OciFileType.BlockDevice, 259, 70000), (device.Type, device.DeviceMajor, device.DeviceMinor));
    }

    [Fact]
    public async Task Reads_extended_attributes()
    {
        Tool.Require("tar");
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Combine("in"));
        string path = directory.Combine("in", "a");
        await File.WriteAllTextAsync(path, "content", Cancel);
        byte[] value = [0, 10, 61, 255];
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && SetAttribute(path, "user.test", value, value.Length, 0) == 0,
            "The file system keeps no extended attributes.");

        List<(TarEntry Entry, byte[] Data)> read = await PackAsync(directory, ["--xattrs", "in"]);

        Assert.Equal(value, Find(read, "in/a").Entry.ExtendedAttributes["user.test"]);
    }

    [Fact]
    public async Task Reads_owners_and_times_that_only_records_hold()
    {
        Tool.Require("tar");
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Combine("in"));

        List<(TarEntry Entry, byte[] Data)> read = await PackAsync(
            directory, ["--format=posix", "--owner=big:4000000000", "--group=big:5000000", "--mtime=@-12.5", "in"]);

        TarEntry entry = Assert.Single(read).Entry;
        Assert.Equal((4000000000, 5000000, "big"), (entry.Uid, entry.Gid, entry.UserName));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(-12.5), entry.ModifiedTime);
    }

    private static async Task<List<(TarEntry Entry, byte[] Data)>> PackAsync(
        TemporaryDirectory directory, IEnumerable<string> options)
    {
        string archive = directory.Combine("test.tar");
        await Tool.RunAsync("tar", ["-C", directory.Path, "-cf", archive, .. options]);
        return await TarContents.ReadAsync(await File.ReadAllBytesAsync(archive, Cancel));
    }

    private static (TarEntry Entry, byte[] Data) Find(List<(TarEntry Entry, byte[] Data)> entries, string name) =>
        Assert.Single(entries, item => item.Entry.Name == name);

    private static byte[] MakeContent(int size) => [.. Enumerable.Range(0, size).Select(i => (byte)((i * 7) | 1))];

    [DllImport(
        "libc", EntryPoint = "setxattr", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern int SetAttribute(string path, string name, byte[] value, nint size, int flags);
}
