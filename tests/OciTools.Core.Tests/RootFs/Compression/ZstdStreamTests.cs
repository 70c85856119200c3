using System.Buffers.Binary;
using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

public sealed class ZstdStreamTests
{
    public static TheoryData<string> Names => [.. ZstdFrames.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Decodes_frames(string name)
    {
        (byte[] frame, byte[] content) = ZstdFrames.All[name];

        Assert.Equal(content, await DecodeAsync(frame));
        Assert.Equal(content, await DecodeAsync(frame, chunk: 1));
        Assert.Equal(content, Decode(frame, chunk: 3));
    }

    [Fact]
    public async Task Decodes_frames_one_after_another_and_skips_what_is_to_skip()
    {
        byte[] data =
        [
            .. ZstdFrames.MakeSkippable(0),
            .. ZstdFrames.FourStreams,
            .. ZstdFrames.MakeSkippable(300_000),
            .. ZstdFrames.Empty,
            .. ZstdFrames.Repeated,
            .. ZstdFrames.MakeSkippable(5),
            .. ZstdFrames.OneStream,
        ];

        byte[] expected =
        [
            .. ZstdFrames.All[nameof(ZstdFrames.FourStreams)].Content,
            .. ZstdFrames.All[nameof(ZstdFrames.Repeated)].Content,
            .. ZstdFrames.All[nameof(ZstdFrames.OneStream)].Content,
        ];

        Assert.Equal(expected, await DecodeAsync(data));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_frame_that_is_cut_is_refused(string name)
    {
        byte[] frame = ZstdFrames.All[name].Frame;
        for (int length = 1; length < frame.Length; length++)
        {
            ZstdException exception = await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync(frame[..length]));
            Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        }
    }

    [Theory]
    [InlineData(nameof(ZstdFrames.Repeated))]
    [InlineData(nameof(ZstdFrames.OneStream))]
    [InlineData(nameof(ZstdFrames.FourStreams))]
    public async Task Any_wrong_bit_is_found_where_there_is_a_checksum(string name)
    {
        (byte[] frame, byte[] content) = ZstdFrames.All[name];
        for (int bit = 0; bit < frame.Length * 8; bit++)
        {
            byte[] damaged = [.. frame];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                // Without the bit that says so there is no checksum, and what follows it is no frame.
                byte[] decoded = await DecodeAsync(damaged);
                Assert.Equal(content, decoded);
            }
            catch (ZstdException)
            {
            }
        }
    }

    [Fact]
    public async Task A_wrong_checksum_is_refused()
    {
        byte[] frame = [.. ZstdFrames.FourStreams];
        frame[^1] ^= 0x80;

        Assert.Contains("checksum", (await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync(frame))).Message);
    }

    [Fact]
    public async Task What_is_no_frame_after_a_frame_is_refused()
    {
        await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync([.. ZstdFrames.OneStream, 0, 0, 0, 0]));
        await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync([.. ZstdFrames.OneStream, 1]));
    }

    [Fact]
    public async Task Reading_on_after_damage_fails_again()
    {
        byte[] frame = [.. ZstdFrames.FourStreams];
        frame[100] ^= 0xFF;
        await using var stream = new ZstdStream(new MemoryStream(frame));

        for (int i = 0; i < 3; i++)
            await Assert.ThrowsAsync<ZstdException>(() => stream.CopyToAsync(Stream.Null, Cancel));
    }

    [Fact]
    public async Task A_dictionary_is_not_supported()
    {
        ZstdException exception = await Assert.ThrowsAsync<ZstdException>(
            () => DecodeAsync([0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x00, 0x2A, 0x01, 0x00, 0x00]));

        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
        Assert.Contains("dictionary 42", exception.Message);
    }

    [Theory]
    [InlineData(0x88, 128L << 20, true)]
    [InlineData(0x89, 144L << 20, false)]
    [InlineData(0x90, 256L << 20, false)]
    [InlineData(0xFF, 15L << 38, false)]
    public async Task Windows_over_the_limit_are_refused(int window, long size, bool isAccepted)
    {
        byte[] frame = [.. ZstdFrames.MakeZeros(1)];
        frame[5] = (byte)window;
        if (isAccepted)
        {
            Assert.Equal(128 * 1024, (await DecodeAsync(frame)).Length);
            return;
        }

        ZstdException exception = await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync(frame));
        Assert.Equal(OciErrorCode.LimitExceeded, exception.Code);
        Assert.Contains($" {size} bytes", exception.Message);
    }

    [Fact]
    public async Task A_higher_limit_takes_a_larger_window()
    {
        byte[] frame = [.. ZstdFrames.MakeZeros(1)];
        frame[5] = 0x90;
        await using var stream = new ZstdStream(new MemoryStream(frame), 256 << 20);
        var content = new MemoryStream();

        await stream.CopyToAsync(content, Cancel);

        Assert.Equal(128 * 1024, content.Length);
    }

    [Fact]
    public async Task A_content_size_over_the_limit_is_refused_where_it_is_the_window()
    {
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0xE0, .. BitConverter.GetBytes(ulong.MaxValue), 1, 0, 0];

        Assert.Equal(
            OciErrorCode.LimitExceeded, (await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync(frame))).Code);
    }

    [Fact]
    public void Memory_is_not_given_for_promises()
    {
        // A window and a content of 128 MiB, of which one byte comes.
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0xA0, 0, 0, 0, 8, 9, 0, 0, 1];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ZstdException>(() => Decode(frame, frame.Length));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Theory]
    [InlineData(199)]
    [InlineData(201)]
    public async Task A_content_size_that_is_wrong_is_refused(int size)
    {
        // A single segment with a content size of 4 bytes, and one block that repeats a byte 200 times.
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0xA0, 0, 0, 0, 0, 0x43, 0x06, 0x00, 0x61];
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(5), 200);
        Assert.Equal(200, (await DecodeAsync(frame)).Length);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(5), size);

        await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync(frame));
    }

    [Theory]
    [InlineData(0x08)]
    [InlineData(0x07)]
    public async Task Reserved_bits_are_refused(int blockHeaderOrDescriptor)
    {
        byte[] frame = [.. ZstdFrames.MakeZeros(1)];
        if (blockHeaderOrDescriptor == 0x08)
            frame[4] |= 0x08;
        else
            frame[6] |= 0x07;

        await Assert.ThrowsAsync<ZstdException>(() => DecodeAsync(frame));
    }

    [Fact]
    public async Task No_data_is_no_content()
    {
        Assert.Empty(await DecodeAsync([]));
    }

    [Fact]
    public async Task Damaged_frames_are_decoded_or_refused()
    {
        var random = new Random(7);
        byte[][] frames = [.. ZstdFrames.All.Values.Select(item => item.Frame)];
        for (int i = 0; i < 10_000; i++)
        {
            byte[] frame = [.. frames[random.Next(frames.Length)]];
            for (int damage = random.Next(1, 4); damage > 0; damage--)
                frame[random.Next(4, frame.Length)] = (byte)random.Next(256);
            await DecodeOrRefuseAsync(frame);
        }
    }

    /// <summary>Decodes as much as the fuzz tests need; only the documented exception may come.</summary>
    internal static async Task DecodeOrRefuseAsync(byte[] data)
    {
        byte[] buffer = new byte[64 * 1024];
        await using var stream = new ZstdStream(new MemoryStream(data), 8 << 20);
        try
        {
            for (int i = 0; i < 1000 && await stream.ReadAsync(buffer, Cancel) > 0;)
                i++;
        }
        catch (ZstdException)
        {
        }
    }

    internal static async Task<byte[]> DecodeAsync(byte[] data, int chunk = int.MaxValue)
    {
        var content = new MemoryStream();
        await using var stream = new ZstdStream(new Chunked(data, chunk));
        await stream.CopyToAsync(content, Cancel);
        return content.ToArray();
    }

    private static byte[] Decode(byte[] data, int chunk)
    {
        var content = new MemoryStream();
        using var stream = new ZstdStream(new Chunked(data, chunk));
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
