using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace OciTools.RootFs;

/// <summary>
/// The unpacked bytes of several layers, one after the other. They are read, unpacked and verified in the background,
/// as far ahead as a few buffers allow.
/// </summary>
internal sealed class LayerFeed : ReadOnlyStream
{
    private const int BufferLength = 128 * 1024;
    private const int MaximumAhead = 8;

    private readonly Channel<Piece> _pieces = Channel.CreateBounded<Piece>(
        new BoundedChannelOptions(MaximumAhead) { SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _stop;
    private readonly Task _producer;
    private Piece _piece;
    private int _taken;

    /// <summary>Starts to read.</summary>
    /// <param name="open">Opens the layers in their order.</param>
    /// <param name="count">How many layers there are.</param>
    /// <param name="cancellationToken">Stops the work in the background.</param>
    public LayerFeed(
        Func<int, CancellationToken, Task<LayerStream>> open, int count, CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken stop = _stop.Token;
        _producer = Task.Run(() => ProduceAsync(open, count, stop), CancellationToken.None);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    /// <summary>Reads from the current layer.</summary>
    /// <returns>How many bytes; 0 at its end, when it has been verified.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_piece.Length == _taken)
        {
            if (_piece.IsEnd)
                return 0;
            Release();
            _piece = await NextAsync(cancellationToken).ConfigureAwait(false);
            if (_piece.IsEnd)
                return 0;
        }

        int count = Math.Min(buffer.Length, _piece.Length - _taken);
        _piece.Buffer.AsMemory(_taken, count).CopyTo(buffer);
        _taken += count;
        return count;
    }

    /// <summary>Reads what is left of the current layer, so that it is verified, and goes on to the next.</summary>
    public async Task FinishLayerAsync(CancellationToken cancellationToken)
    {
        while (!_piece.IsEnd)
        {
            Release();
            _piece = await NextAsync(cancellationToken).ConfigureAwait(false);
        }

        Release();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _producer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release();
        while (_pieces.Reader.TryRead(out _piece))
            Release();
        _stop.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ProduceAsync(
        Func<int, CancellationToken, Task<LayerStream>> open, int count, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            for (int layer = 0; layer < count; layer++)
            {
                LayerStream stream = await open(layer, cancellationToken).ConfigureAwait(false);
                await using (stream.ConfigureAwait(false))
                    await ProduceAsync(stream, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        // Whoever reads gets the failure, after all that came before it.
        _pieces.Writer.Complete(failure);
    }

    private async Task ProduceAsync(LayerStream layer, CancellationToken cancellationToken)
    {
        int length;
        do
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
            length = 0;
            int read;
            do
            {
                read = await layer.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                length += read;
            }
            while (read > 0 && length < buffer.Length);
            if (length > 0)
                await _pieces.Writer.WriteAsync(new Piece(buffer, length), cancellationToken).ConfigureAwait(false);
            else
                ArrayPool<byte>.Shared.Return(buffer);
        }
        while (length > 0);
        await _pieces.Writer.WriteAsync(Piece.End, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Piece> NextAsync(CancellationToken cancellationToken)
    {
        if (_pieces.Reader.TryRead(out Piece piece))
            return piece;
        try
        {
            return await _pieces.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException exception) when (exception.InnerException is { } cause)
        {
            // The failure of the background is the failure of the read, with the stack of where it came from.
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    private void Release()
    {
        if (_piece.Buffer is { } buffer)
            ArrayPool<byte>.Shared.Return(buffer);
        _piece = default;
        _taken = 0;
    }

    private readonly record struct Piece(byte[]? Buffer, int Length, bool IsEnd = false)
    {
        public static Piece End { get; } = new(null, 0, IsEnd: true);
    }
}
