namespace OciTools.Tests.Content;

public sealed class VerifyingStreamTests
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Digest.Sha256)]
    [InlineData(Digest.Sha512)]
    public async Task Right_content_passes_unchanged(string algorithm)
    {
        await using var stream = new VerifyingStream(new MemoryStream(s_content), Describe(s_content, algorithm));
        using var target = new MemoryStream();

        await stream.CopyToAsync(target, 7, Cancellation);

        Assert.Equal(s_content, target.ToArray());
        Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancellation));
    }

    [Fact]
    public void Every_way_to_read_is_verified()
    {
        Descriptor wrong = Describe(s_content) with { Digest = Digest.Compute([]) };

        Refuses(stream => stream.CopyTo(Stream.Null));
        Refuses(stream => { while (stream.ReadByte() >= 0) { } });
        Refuses(stream => { while (stream.Read(new byte[100], 1, 90) > 0) { } });
        Refuses(stream => { while (stream.Read(new byte[100].AsSpan()) > 0) { } });

        void Refuses(Action<Stream> read)
        {
            using var stream = new VerifyingStream(new MemoryStream(s_content), wrong);
            Assert.Equal(OciErrorCode.ContentMismatch, Assert.Throws<OciException>(() => read(stream)).Code);
        }
    }

    [Fact]
    public async Task Asynchronous_reads_of_arrays_are_verified()
    {
        await using var stream = new VerifyingStream(
            new MemoryStream(s_content), Describe(s_content) with { Digest = Digest.Compute([]) });
        byte[] buffer = new byte[s_content.Length];

        Assert.Equal(s_content.Length, await ReadAsync());
        var exception = await Assert.ThrowsAsync<OciException>(ReadAsync);
        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);

#pragma warning disable CA1835 // The overload for arrays is what is tested.
        Task<int> ReadAsync() => stream.ReadAsync(buffer, 0, buffer.Length, Cancellation);
#pragma warning restore CA1835
    }

    [Fact]
    public async Task A_wrong_digest_fails_at_the_end_with_both_digests()
    {
        byte[] tampered = [.. s_content];
        tampered[500] ^= 1;
        Descriptor descriptor = Describe(s_content);
        await using var stream = new VerifyingStream(new MemoryStream(tampered), descriptor);

        var exception = await Assert.ThrowsAsync<OciException>(() => stream.CopyToAsync(Stream.Null, Cancellation));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Same(descriptor, exception.Target);
        Assert.Contains(descriptor.Digest.ToString(), exception.Message, StringComparison.Ordinal);
        Assert.Contains(Digest.Compute(tampered).ToString(), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_bytes_fail_at_the_end()
    {
        await using var stream = new VerifyingStream(new MemoryStream(s_content, 0, 999), Describe(s_content));

        var exception = await Assert.ThrowsAnyAsync<OciException>(() => stream.CopyToAsync(Stream.Null, Cancellation));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Contains("has 999 bytes instead of 1000", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_byte_too_many_fails_before_the_end()
    {
        var inner = new MemoryStream(s_content);
        await using var stream = new VerifyingStream(inner, Describe(s_content) with { Size = 10 });
        await stream.ReadExactlyAsync(new byte[10], Cancellation);

        var exception = await Assert.ThrowsAnyAsync<OciException>(
            () => stream.ReadAsync(new byte[1], Cancellation).AsTask());

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
        Assert.Contains("has more than its 10 bytes", exception.Message, StringComparison.Ordinal);
        Assert.Equal(11, inner.Position);
    }

    [Fact]
    public void An_empty_read_is_not_the_end()
    {
        using var stream = new VerifyingStream(new MemoryStream(s_content), Describe(s_content));

        Assert.Equal(0, stream.Read([]));
        stream.CopyTo(Stream.Null);
    }

    [Fact]
    public void Empty_content_is_verified()
    {
        using var right = new VerifyingStream(new MemoryStream(), Describe([]));
        Assert.Equal(-1, right.ReadByte());

        using var wrong = new VerifyingStream(new MemoryStream(), Describe(s_content));
        Assert.ThrowsAny<OciException>(() => wrong.ReadByte());
    }

    [Fact]
    public async Task A_cancelled_read_is_cancelled()
    {
        await using var stream = new VerifyingStream(new MemoryStream(s_content), Describe(s_content));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => stream.ReadAsync(new byte[1], new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public async Task The_inner_stream_is_disposed()
    {
        var first = new MemoryStream();
        var second = new MemoryStream();

        new VerifyingStream(first, Describe([])).Dispose();
        await new VerifyingStream(second, Describe([])).DisposeAsync();

        Assert.False(first.CanRead);
        Assert.False(second.CanRead);
    }

    private static Descriptor Describe(byte[] content, string algorithm = Digest.Sha256) => new()
    {
        MediaType = MediaTypes.OciLayer,
        Digest = Digest.Compute(content, algorithm),
        Size = content.Length,
    };
}
