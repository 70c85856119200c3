using OciTools.Tests.Transport;

namespace OciTools.Tests.Transfer;

public sealed class BandwidthLimitTests
{
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bytes_take_their_time_whoever_moves_them()
    {
        var limit = new BandwidthLimit(1000, _time);
        Task first = limit.PayAsync(500, Token).AsTask();
        Task second = limit.PayAsync(500, Token).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await first;
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        await second;
    }

    [Fact]
    public async Task Idle_time_is_not_saved_up()
    {
        var limit = new BandwidthLimit(1000, _time);
        _time.Advance(TimeSpan.FromHours(1));
        Task paying = limit.PayAsync(1000, Token).AsTask();

        _time.Advance(TimeSpan.FromMilliseconds(800));
        Assert.False(paying.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await paying;
    }

    [Fact]
    public async Task Small_amounts_add_up()
    {
        var limit = new BandwidthLimit(1_000_000, _time);
        int waits = 0;
        foreach (int _ in Enumerable.Range(0, 1000))
        {
            Task paying = limit.PayAsync(1000, Token).AsTask();
            if (paying.IsCompleted)
                continue;
            waits++;
            _time.Advance(TimeSpan.FromMilliseconds(10));
            await paying;
        }

        // 1000 times 1000 bytes are a second, and each wait is 10 ms of it.
        Assert.InRange(waits, 98, 100);
    }

    [Theory]
    [InlineData(1, 4096)]
    [InlineData(1024 * 1024, 128 * 1024)]
    [InlineData(long.MaxValue, int.MaxValue)]
    public void Steps_are_an_eighth_of_a_second(long bytesPerSecond, int step) =>
        Assert.Equal(step, new BandwidthLimit(bytesPerSecond).Step);

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        var limit = new BandwidthLimit(1, _time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task paying = limit.PayAsync(1000, stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => paying);
    }

    [Fact]
    public void Nothing_a_second_is_no_limit() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BandwidthLimit(0));
}
