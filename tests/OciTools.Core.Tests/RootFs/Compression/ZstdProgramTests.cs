using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

/// <summary>
/// What the program zstd makes, at many levels and with many options, is decoded to what it was made from.
/// </summary>
public sealed class ZstdProgramTests
{
    private static readonly string[] s_kinds = ["text", "random", "patterns", "mixed"];

    public static TheoryData<string> Levels =>
        ["--fast=5", "--fast=1", "-1", "-2", "-3", "-5", "-7", "-9", "-12", "-15", "-17", "-19", "--ultra -22"];

    public static TheoryData<string> Options =>
    [
        "-3 --zstd=wlog=10", "-9 --zstd=wlog=12", "-19 --zstd=wlog=14", "-5 --zstd=wlog=17", "-3 --zstd=wlog=20",
        "-3 --long=27", "-19 --long=24", "-3 --no-check", "-3 --no-content-size", "-1 --compress-literals",
        "-3 --no-compress-literals", "-3 -B65536 -T2",
    ];

    public static TheoryData<int> Sizes =>
        [0, 1, 2, 3, 4, 7, 8, 100, 255, 256, 257, 1023, 65_535, 65_536, 131_071, 131_072, 131_073, 262_145, 5_000_000];

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task Every_level_is_decoded(string level)
    {
        foreach (string kind in s_kinds)
            await RoundTripAsync(MakeContent(kind, 700_000), level);
    }

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Windows_and_other_options_are_decoded(string options)
    {
        await RoundTripAsync(MakeContent("mixed", 3_000_000), options);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(17)]
    [InlineData(19)]
    [InlineData(20)]
    public async Task Windows_of_every_size_keep_what_matches_reach_for(int log)
    {
        byte[] content = MakeContent("mixed", 4_000_000);
        byte[] packed = await PackAsync(content, $"-3 --zstd=wlog={log} --no-content-size --no-check");
        Assert.Equal((log - 10) << 3, packed[5]);

        // The program makes a block of each 128 KiB. A raw block of 1000 bytes before them puts them out of step.
        content = [.. new byte[1000], .. content];
        packed = [.. packed[..6], 0x40, 0x1F, 0x00, .. new byte[1000], .. packed[6..]];
        for (int more = 0; more < 24; more++)
        {
            // A frame may ask for more than it needs.
            packed[5] = (byte)(((log - 10) << 3) + more);
            byte[] decoded = await ZstdStreamTests.DecodeAsync(packed);
            Assert.True(content.AsSpan().SequenceEqual(decoded), $"The window {packed[5]:x} gives other content.");
        }
    }

    [Fact]
    public async Task Frames_with_windows_of_different_sizes_follow_one_another()
    {
        var expected = new List<byte>();
        var packed = new List<byte>();
        foreach (int log in (int[])[10, 19, 12, 20, 22, 10, 21])
        {
            byte[] content = MakeContent("mixed", 1_500_000 + log);
            expected.AddRange(content);
            packed.AddRange(await PackAsync(content, $"-3 --zstd=wlog={log} --no-content-size"));
        }

        byte[] decoded = await ZstdStreamTests.DecodeAsync([.. packed]);

        Assert.True(expected.SequenceEqual(decoded), "The content differs.");
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Every_size_is_decoded(int size)
    {
        await RoundTripAsync(MakeContent("mixed", size), "-3");
        await RoundTripAsync(MakeContent("text", size), "-1");
    }

    [Fact]
    public async Task Damaged_frames_are_decoded_or_refused()
    {
        var random = new Random(11);
        foreach (string level in (string[])["-1 --no-check", "-6 --no-check", "-19 --no-check"])
        {
            byte[] original = await PackAsync(MakeContent("mixed", 60_000), level);
            for (int i = 0; i < 1500; i++)
            {
                byte[] data = [.. original];
                for (int damage = random.Next(1, 6); damage > 0; damage--)
                    data[random.Next(4, data.Length)] ^= (byte)(1 << random.Next(8));
                int length = random.Next(5) == 0 ? random.Next(data.Length) : data.Length;
                await ZstdStreamTests.DecodeOrRefuseAsync(data[..length]);
            }
        }
    }

    private static async Task RoundTripAsync(byte[] content, string options)
    {
        byte[] packed = await PackAsync(content, options);
        byte[] decoded = await ZstdStreamTests.DecodeAsync(packed, 50_000);
        Assert.True(content.AsSpan().SequenceEqual(decoded), $"zstd {options}: {content.Length} bytes differ.");
    }

    private static async Task<byte[]> PackAsync(byte[] content, string options)
    {
        Tool.Require("zstd");
        using var directory = new TemporaryDirectory();
        string plain = directory.Combine("plain");
        string packed = directory.Combine("packed");
        await File.WriteAllBytesAsync(plain, content, TestContext.Current.CancellationToken);
        await Tool.RunAsync("zstd", ["-q", .. options.Split(' '), plain, "-o", packed]);
        return await File.ReadAllBytesAsync(packed, TestContext.Current.CancellationToken);
    }

    private static byte[] MakeContent(string kind, int size)
    {
        var random = new Random(size);
        var content = new List<byte>(size + 100_000);
        while (content.Count < size)
        {
            switch (kind == "mixed" ? s_kinds[random.Next(3)] : kind)
            {
                case "text":
                    content.AddRange(ZstdFrames.MakeText(random.Next(1, 2000)));
                    break;
                case "random":
                    byte[] noise = new byte[random.Next(1, 50_000)];
                    random.NextBytes(noise);
                    content.AddRange(noise);
                    break;
                default:
                    byte[] pattern = new byte[random.Next(1, 40)];
                    random.NextBytes(pattern);
                    for (int i = random.Next(1, 3000 / pattern.Length); i > 0; i--)
                        content.AddRange(pattern);
                    break;
            }
        }

        return [.. content.Take(size)];
    }
}
