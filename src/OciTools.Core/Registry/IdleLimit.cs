using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace OciTools.Registry;

/// <summary>
/// Limits on the reads of a body: how long one may be silent, how little may arrive (who sends a byte now and then
/// would hold a command up for years), and how much may. One timer serves all reads of a stream.
/// </summary>
internal sealed class IdleLimit(TimeSpan limit, BandwidthLimit? bandwidth = null) : IDisposable
{
    /// <summary>Bytes for each second of waiting. A modem of the nineties sent three times as many.</summary>
    private const int MinimumRate = 1024;

    private readonly TimeSpan _limit = limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan;
    private CancellationTokenSource _source = new();
    private TimeSpan _waited;
    private long _received;

    /// <exception cref="TimeoutException">Nothing, or next to nothing, arrived within the limit.</exception>
    public ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken) =>
        bandwidth is null
            ? ReadInTimeAsync(stream, buffer, cancellationToken)
            : ReadInTurnAsync(bandwidth, stream, buffer, cancellationToken);

    public void Dispose() => _source.Dispose();

    // The turn is waited for after the read and apart from its limit: the sender is not to blame for it.
    private async ValueTask<int> ReadInTurnAsync(
        BandwidthLimit bandwidth, Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Memory<byte> wanted = buffer[..Math.Min(buffer.Length, bandwidth.Step)];
        int count = await ReadInTimeAsync(stream, wanted, cancellationToken).ConfigureAwait(false);
        await bandwidth.PayAsync(count, cancellationToken).ConfigureAwait(false);
        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadInTimeAsync(
        Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CancellationTokenRegistration link = cancellationToken.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(), _source);
        try
        {
            ValueTask<int> read = stream.ReadAsync(buffer, _source.Token);
            if (read.IsCompleted)
                return CheckRate(await read.ConfigureAwait(false), TimeSpan.Zero);
            _source.CancelAfter(_limit);
            long start = Stopwatch.GetTimestamp();
            int count = await read.ConfigureAwait(false);
            return CheckRate(count, Stopwatch.GetElapsedTime(start));
        }
        catch (OperationCanceledException error)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new TimeoutException($"Nothing arrived for {_limit.TotalSeconds:0.#} s.", error);
        }
        finally
        {
            await link.DisposeAsync().ConfigureAwait(false);
            if (!_source.TryReset())
            {
                _source.Dispose();
                _source = new CancellationTokenSource();
            }
        }
    }

    // Only waiting counts: a reader may take its time.
    private int CheckRate(int count, TimeSpan waited)
    {
        _waited += waited;
        _received += count;
        if (_limit == Timeout.InfiniteTimeSpan || _waited < _limit)
            return count;
        if (count > 0 && _received < MinimumRate * _limit.TotalSeconds)
            throw new TimeoutException($"Only {_received} bytes arrived in {_waited.TotalSeconds:0.#} s.");
        _waited = TimeSpan.Zero;
        _received = 0;
        return count;
    }
}
