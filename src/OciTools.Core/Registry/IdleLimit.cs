using System.Runtime.CompilerServices;

namespace OciTools.Registry;

/// <summary>A limit on how long one read may be silent. One timer serves all reads of a stream.</summary>
internal sealed class IdleLimit(TimeSpan limit) : IDisposable
{
    private readonly TimeSpan _limit = limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan;
    private CancellationTokenSource _source = new();

    /// <exception cref="TimeoutException">Nothing arrived within the limit.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CancellationTokenRegistration link = cancellationToken.UnsafeRegister(
            static source => ((CancellationTokenSource)source!).Cancel(), _source);
        try
        {
            ValueTask<int> read = stream.ReadAsync(buffer, _source.Token);
            if (!read.IsCompleted)
                _source.CancelAfter(_limit);
            return await read.ConfigureAwait(false);
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

    public void Dispose() => _source.Dispose();
}
