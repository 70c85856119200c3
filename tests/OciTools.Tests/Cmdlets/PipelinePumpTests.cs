using OciTools.Cmdlets;

namespace OciTools.Tests.Cmdlets;

public class PipelinePumpTests
{
    private static CancellationToken TestToken => TestContext.Current.CancellationToken;

    [Fact]
    public void Messages_are_dispatched_in_order_on_the_calling_thread()
    {
        List<int> seen = [];
        List<int> threads = [];
        PipelinePump.Run<int>(
            async (queue, token) =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    if (i % 3 == 0)
                        queue.Post(i);
                    else
                        await queue.WriteAsync(i, token);
                }
            },
            message =>
            {
                seen.Add(message);
                threads.Add(Environment.CurrentManagedThreadId);
            },
            TestToken);

        Assert.Equal(Enumerable.Range(0, 1000), seen);
        Assert.Equal([Environment.CurrentManagedThreadId], threads.Distinct());
    }

    [Fact]
    public void Work_that_fails_delivers_what_it_wrote_before_and_then_its_own_exception()
    {
        var failure = new InvalidOperationException("broken");
        List<string> seen = [];
        Exception thrown = Assert.Throws<InvalidOperationException>(() => PipelinePump.Run<string>(
            async (queue, token) =>
            {
                await queue.WriteAsync("first", token);
                throw failure;
            },
            seen.Add,
            TestToken));

        Assert.Same(failure, thrown);
        Assert.Equal(["first"], seen);
    }

    [Fact]
    public void A_dispatch_that_throws_cancels_the_work_and_waits_until_it_has_ended()
    {
        var stop = new InvalidOperationException("enough");
        bool workHasEnded = false;
        Exception thrown = Assert.Throws<InvalidOperationException>(() => PipelinePump.Run<int>(
            async (queue, token) =>
            {
                try
                {
                    for (int i = 0; ; i++)
                        await queue.WriteAsync(i, token);
                }
                finally
                {
                    await Task.Yield();
                    workHasEnded = true;
                }
            },
            _ => throw stop,
            TestToken));

        Assert.Same(stop, thrown);
        Assert.True(workHasEnded);
    }

    [Fact]
    public void A_dispatch_that_throws_wins_over_a_failure_of_the_work()
    {
        var stop = new InvalidOperationException("enough");
        Exception thrown = Assert.Throws<InvalidOperationException>(() => PipelinePump.Run<int>(
            async (queue, token) =>
            {
                queue.Post(1);
                await Task.Delay(Timeout.Infinite, token).ContinueWith(_ => { }, TaskScheduler.Default);
                throw new FormatException("late");
            },
            _ => throw stop,
            TestToken));

        Assert.Same(stop, thrown);
    }

    [Fact]
    public void Stopping_cancels_the_work()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => PipelinePump.Run<int>(
            async (queue, token) =>
            {
                queue.Post(1);
                await Task.Delay(Timeout.Infinite, token);
            },
            _ => stop.Cancel(),
            stop.Token));
    }

    [Fact]
    public void Whoever_awaits_goes_no_faster_than_the_pipeline()
    {
        const int Many = 1000;
        int written = 0;
        int ahead = 0;
        int seen = 0;
        PipelinePump.Run<int>(
            async (queue, token) =>
            {
                for (int i = 0; i < Many; i++)
                {
                    await queue.WriteAsync(i, token);
                    Interlocked.Increment(ref written);
                }
            },
            _ => ahead = Math.Max(ahead, Volatile.Read(ref written) - ++seen),
            TestToken);

        Assert.Equal(Many, seen);
        Assert.InRange(ahead, 0, 65);
    }

    [Fact]
    public void What_is_posted_after_the_end_is_dropped()
    {
        PipelineQueue<int>? kept = null;
        List<int> seen = [];
        PipelinePump.Run<int>(
            (queue, _) =>
            {
                kept = queue;
                queue.Post(1);
                return Task.CompletedTask;
            },
            seen.Add,
            TestToken);
        kept!.Post(2);

        Assert.Equal([1], seen);
        Assert.False(kept.TryRead(out _));
    }
}
