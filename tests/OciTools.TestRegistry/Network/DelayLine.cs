using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Threading.Channels;

namespace OciTools.Testing;

/// <summary>Carries bytes from one socket to another, in order, each a fixed time after it came.</summary>
/// <remarks>Reading goes on while earlier bytes wait, so the delay does not limit throughput.</remarks>
internal sealed class DelayLine(
    Socket source,
    Socket target,
    TimeSpan delay,
    long? bytesPerSecond,
    Action<int> passed,
    long notBefore = 0,
    long? cutAfter = null)
{
    private const int SegmentLength = 256 * 1024;
    private const long MostUnderWay = 64 * 1024 * 1024;
    private const int SliceLength = 16 * 1024;

    /// <summary>What may be caught up with after a timer that was late.</summary>
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(10);

    private readonly Pipe _pipe = new(new PipeOptions(
        minimumSegmentSize: SegmentLength,
        pauseWriterThreshold: MostUnderWay,
        resumeWriterThreshold: MostUnderWay / 2,
        useSynchronizationContext: false));

    /// <summary>When the bytes up to a position are due.</summary>
    private readonly Channel<(long Due, long End)> _stamps =
        Channel.CreateUnbounded<(long Due, long End)>(new UnboundedChannelOptions { SingleReader = true });

    private long _sent;
    private long _free;

    public static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Runs until the source ends; false when the line was cut before.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task reading = ReadAsync(stop.Token);
        try
        {
            bool whole = await WriteAsync(stop.Token);
            target.Shutdown(SocketShutdown.Send);
            if (whole)
                await reading;
            return whole;
        }
        finally
        {
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _pipe.Reader.CompleteAsync();
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        Exception? error = null;
        try
        {
            long end = 0;
            while (true)
            {
                int length = await source.ReceiveAsync(_pipe.Writer.GetMemory(SegmentLength / 2), cancellationToken);
                if (length == 0)
                    break;
                end += length;
                _pipe.Writer.Advance(length);
                _stamps.Writer.TryWrite((Math.Max(Stopwatch.GetTimestamp(), notBefore) + Ticks(delay), end));
                await _pipe.Writer.FlushAsync(cancellationToken);
            }
        }
        catch (Exception exception)
        {
            error = exception;
            throw;
        }
        finally
        {
            await _pipe.Writer.CompleteAsync(error);
            _stamps.Writer.TryComplete(error);
        }
    }

    private async Task<bool> WriteAsync(CancellationToken cancellationToken)
    {
        await foreach ((long due, long end) in _stamps.Reader.ReadAllAsync(cancellationToken))
        {
            await WaitAsync(due, cancellationToken);
            while (_sent < end)
            {
                ReadResult result = await _pipe.Reader.ReadAsync(cancellationToken);
                ReadOnlySequence<byte> ready = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, end - _sent));
                foreach (ReadOnlyMemory<byte> segment in ready)
                {
                    if (!await SendAsync(segment, cancellationToken))
                        return false;
                }

                _pipe.Reader.AdvanceTo(ready.End);
            }
        }

        return true;
    }

    private async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            int count = bytesPerSecond is null ? bytes.Length : Math.Min(bytes.Length, SliceLength);
            if (cutAfter is long cut)
                count = (int)Math.Min(count, cut - _sent);
            if (count == 0)
                return false;
            if (bytesPerSecond is long rate)
            {
                long earliest = Stopwatch.GetTimestamp() - Ticks(s_burst);
                _free = Math.Max(_free, earliest) + (count * Stopwatch.Frequency / rate);
                await WaitAsync(_free, cancellationToken);
            }

            int sent = await target.SendAsync(bytes[..count], cancellationToken);
            _sent += sent;
            passed(sent);
            bytes = bytes[sent..];
        }

        return cutAfter is null || _sent < cutAfter;
    }

    private static async Task WaitAsync(long due, CancellationToken cancellationToken)
    {
        // Timers count whole milliseconds, and a wait of less than one is none.
        long left;
        while ((left = due - Stopwatch.GetTimestamp()) > 0)
            await Task.Delay((int)Math.Ceiling(left * 1000.0 / Stopwatch.Frequency), cancellationToken);
    }
}
