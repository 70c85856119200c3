using System.IO.Compression;
using OciTools.RootFs;
using OciTools.Tests.Support;

namespace OciTools.Tests.RootFs;

public sealed class LayerStreamTests
{
    private static readonly byte[] s_first = ZstdFrames.MakeText(500);
    private static readonly byte[] s_second = ZstdFrames.MakeText(300);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MediaTypes.OciLayer)]
    [InlineData(MediaTypes.OciLayerGzip)]
    [InlineData(MediaTypes.OciLayerZstd)]
    [InlineData("application/whatever")]
    public async Task The_bytes_tell_how_they_are_packed_and_not_the_media_type(string mediaType)
    {
        byte[] text = ZstdFrames.MakeText(200);
        foreach ((byte[] layer, LayerCompression compression) in ((byte[], LayerCompression)[])
        [
            (text, LayerCompression.None), (Gzip(text), LayerCompression.Gzip),
            (ZstdFrames.FourStreams, LayerCompression.Zstd),
            ([.. ZstdFrames.MakeSkippable(3), .. ZstdFrames.FourStreams], LayerCompression.Zstd),
        ])
        {
            await using LayerStream stream = await OpenAsync(layer, Digest.Compute(text), mediaType: mediaType);
            Assert.Equal(compression, stream.Compression);
            Assert.Equal(text, await ReadAsync(stream));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public async Task All_members_of_gzip_are_unpacked_and_padding_is_ignored(int chunk)
    {
        byte[] members = [.. Gzip(s_first), .. Gzip([]), .. Gzip(s_second)];
        byte[] expected = [.. s_first, .. s_second];
        foreach (byte[] padding in (byte[][])[[], new byte[1], new byte[5000], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]])
        {
            byte[] layer = [.. members, .. padding];
            Assert.Equal(expected, await ReadAsync(await OpenAsync(layer, Digest.Compute(expected), chunk)));
            Assert.Equal(expected, Read(await OpenAsync(layer, Digest.Compute(expected), chunk)));
        }
    }

    [Fact]
    public async Task Members_are_found_wherever_they_start()
    {
        var random = new Random(3);
        byte[] second = Gzip(s_second);
        for (int length = 8150; length < 8210; length++)
        {
            byte[] noise = new byte[length];
            random.NextBytes(noise);
            byte[] expected = [.. noise, .. s_second];

            Assert.Equal(expected, await ReadAsync(await OpenAsync([.. Gzip(noise), .. second, 0, 0], null)));
        }
    }

    [Fact]
    public async Task Gzip_data_that_is_cut_is_refused()
    {
        byte[] layer = [.. Gzip(s_second), .. Gzip(ZstdFrames.MakeText(5))];
        int firstMember = Gzip(s_second).Length;
        for (int length = 2; length < layer.Length; length++)
        {
            if (length == firstMember)
                continue;
            OciException exception = await FailAsync(layer[..length], null);
            Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
            Assert.Contains($"gzip data of layer {Digest.Compute(layer.AsSpan(0, length))}", exception.Message);
        }
    }

    [Fact]
    public async Task Gzip_data_with_a_wrong_bit_is_never_taken_for_other_content()
    {
        byte[] layer = Gzip(s_second);
        int refused = 0;
        for (int at = 10; at < layer.Length; at++)
        {
            byte[] damaged = [.. layer];
            damaged[at] ^= 0x10;
            await using LayerStream stream = await OpenAsync(damaged, null);
            try
            {
                Assert.Equal(s_second, await ReadAsync(stream));
            }
            catch (OciException exception)
            {
                Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
                refused++;
            }
        }

        // Some bits mean nothing: those that fill up the last byte.
        Assert.InRange(refused, layer.Length - 20, layer.Length - 10);
    }

    [Fact]
    public async Task Damaged_zstd_data_is_refused_with_the_name_of_the_layer()
    {
        byte[] layer = ZstdFrames.FourStreams[..100];

        OciException exception = await FailAsync(layer, null);

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Contains(Digest.Compute(layer).ToString(), exception.Message);
        Assert.Equal(Digest.Compute(layer), ((Descriptor)exception.Target!).Digest);
    }

    [Fact]
    public async Task A_layer_with_another_digest_is_refused()
    {
        byte[] layer = Gzip(s_first);
        Descriptor promised = Describe(Gzip(s_second)) with { Size = layer.Length };
        await using LayerStream stream = await LayerStream.OpenAsync(
            new MemoryStream(layer), promised, cancellationToken: Cancel);

        OciException exception = await Assert.ThrowsAsync<OciException>(() => ReadAsync(stream));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_tar_with_another_digest_is_refused(bool isPacked)
    {
        OciException exception = await FailAsync(isPacked ? Gzip(s_first) : s_first, Digest.Compute(s_second));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Contains($"unpacks to {Digest.Compute(s_first)}", exception.Message);
    }

    [Fact]
    public async Task Whoever_finishes_early_has_verified_the_layer_too()
    {
        await using LayerStream good = await OpenAsync(Gzip(s_first), Digest.Compute(s_first));
        await good.ReadExactlyAsync(new byte[10], Cancel);
        await good.FinishAsync(Cancel);
        Assert.Equal(0, await good.ReadAsync(new byte[10], Cancel));

        await using LayerStream bad = await OpenAsync(Gzip(s_first), Digest.Compute(s_second));
        await bad.ReadExactlyAsync(new byte[10], Cancel);
        await Assert.ThrowsAsync<OciException>(() => bad.FinishAsync(Cancel));
    }

    [Fact]
    public async Task An_empty_layer_is_an_empty_tar()
    {
        Assert.Empty(await ReadAsync(await OpenAsync([], Digest.Compute([]))));
    }

    [Theory]
    [InlineData(new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 1 }, MediaTypes.OciLayer, "xz")]
    [InlineData(new byte[] { 0x42, 0x5A, 0x68, 0x39 }, MediaTypes.OciLayer, "bzip2")]
    [InlineData(new byte[] { 1, 2, 3 }, MediaTypes.OciLayerGzip + "+encrypted", "encryption")]
    public async Task Other_packings_are_named_and_not_supported(byte[] layer, string mediaType, string name)
    {
        OciException exception = await Assert.ThrowsAsync<OciException>(
            () => OpenAsync(layer, null, mediaType: mediaType));

        Assert.Equal(OciErrorCode.NotSupported, exception.Code);
        Assert.Contains(name, exception.Message);
    }

    [Fact]
    public async Task Limits_stop_a_layer_that_unpacks_to_too_much_while_it_is_read()
    {
        var limits = new LayerLimits { UnratedSize = 1 << 20, MaximumRatio = 20 };
        byte[] bomb = ZstdFrames.MakeZeros(4000);
        await using LayerStream stream = await OpenAsync(bomb, null, limits: limits, chunk: 1000);
        var read = new MemoryStream();

        OciException exception = await Assert.ThrowsAsync<OciException>(() => stream.CopyToAsync(read, Cancel));

        Assert.Equal(OciErrorCode.LimitExceeded, exception.Code);
        Assert.Contains("more than 20 times", exception.Message);
        Assert.InRange(read.Length, 1 << 19, 2 << 20);
    }

    [Fact]
    public async Task A_size_limit_holds_whatever_the_packing()
    {
        var limits = new LayerLimits { MaximumSize = s_first.Length - 1 };
        foreach (byte[] layer in (byte[][])[s_first, Gzip(s_first)])
        {
            OciException exception = await FailAsync(layer, null, limits);
            Assert.Equal(OciErrorCode.LimitExceeded, exception.Code);
        }
    }

    [Fact]
    public async Task A_window_over_the_limit_is_refused_with_the_name_of_the_layer()
    {
        byte[] layer = ZstdFrames.MakeZeros(1);

        OciException exception = await FailAsync(layer, null, new LayerLimits { MaximumWindow = 1 << 16 });

        Assert.Equal(OciErrorCode.LimitExceeded, exception.Code);
        Assert.Contains(Digest.Compute(layer).ToString(), exception.Message);
    }

    [Fact]
    public async Task Progress_is_of_packed_bytes()
    {
        byte[] layer = Gzip(s_first);
        var log = new EventLog();
        await using LayerStream stream = await LayerStream.OpenAsync(
            new MemoryStream(layer), Describe(layer), progress: log, cancellationToken: Cancel);

        await stream.FinishAsync(Cancel);

        Assert.Equal((TransferEventKind.Found, layer.Length), (log[0].Kind, log[0].Bytes));
        Assert.Equal(TransferEventKind.Started, log[1].Kind);
        Assert.Equal((TransferEventKind.Completed, layer.Length), (log[^1].Kind, log[^1].Bytes));
    }

    [Fact]
    public async Task Disposing_closes_the_blob()
    {
        var blob = new MemoryStream(Gzip(s_first));
        await using (await LayerStream.OpenAsync(blob, Describe(Gzip(s_first)), cancellationToken: Cancel))
            Assert.True(blob.CanRead);
        Assert.False(blob.CanRead);

        var unknown = new MemoryStream([0x42, 0x5A, 0x68, 0x39]);
        await Assert.ThrowsAsync<OciException>(
            () => LayerStream.OpenAsync(unknown, Describe(unknown.ToArray()), cancellationToken: Cancel));
        Assert.False(unknown.CanRead);
    }

    private static Task<LayerStream> OpenAsync(
        byte[] layer,
        Digest? diffId,
        int chunk = int.MaxValue,
        LayerLimits? limits = null,
        string mediaType = MediaTypes.OciLayerGzip) => LayerStream.OpenAsync(
            new Chunked(layer, chunk),
            Describe(layer) with { MediaType = mediaType },
            diffId,
            limits,
            cancellationToken: Cancel);

    private static async Task<OciException> FailAsync(byte[] layer, Digest? diffId, LayerLimits? limits = null)
    {
        await using LayerStream stream = await OpenAsync(layer, diffId, limits: limits);
        return await Assert.ThrowsAsync<OciException>(() => ReadAsync(stream));
    }

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        var content = new MemoryStream();
        await stream.CopyToAsync(content, Cancel);
        return content.ToArray();
    }

    private static byte[] Read(Stream stream)
    {
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static Descriptor Describe(byte[] layer) =>
        new() { MediaType = MediaTypes.OciLayerGzip, Digest = Digest.Compute(layer), Size = layer.Length };

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
            gzip.Write(content);
        return packed.ToArray();
    }
}
