using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace OciTools.Cmdlets;

/// <summary>
/// Carries messages, in order, from the pool to the pipeline thread. Whoever awaits <see cref="WriteAsync"/> goes no
/// faster than the pipeline; <see cref="Post"/> never waits, for callbacks that cannot.
/// </summary>
internal sealed class PipelineQueue<T>
{
    private const int Capacity = 64;

    private readonly Channel<Entry> _channel = Channel.CreateUnbounded<Entry>();
    private readonly SemaphoreSlim _room = new(Capacity);

    /// <summary>Whether the pipeline has taken all that was put in.</summary>
    public bool IsEmpty => _channel.Reader.Count == 0;

    /// <summary>Adds a message when there is room for it.</summary>
    public async Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken).ConfigureAwait(false);
        _channel.Writer.TryWrite(new Entry(message, TookRoom: true));
    }

    /// <summary>Adds a message at once. After the end it is dropped: nobody listens any more.</summary>
    public void Post(T message) => _channel.Writer.TryWrite(new Entry(message, TookRoom: false));

    /// <summary>Ends the queue, with the outcome of the work when it failed; what is in it can still be read.</summary>
    public void Complete(Exception? failure = null) => _channel.Writer.TryComplete(failure);

    /// <summary>Waits for a message; false at the end, or the failure that ended the queue.</summary>
    public Task<bool> WaitToReadAsync() => _channel.Reader.WaitToReadAsync().AsTask();

    /// <summary>Takes the next message, if there is one already.</summary>
    public bool TryRead([MaybeNullWhen(false)] out T message)
    {
        bool found = _channel.Reader.TryRead(out Entry entry);
        if (entry.TookRoom)
            _room.Release();
        message = entry.Message;
        return found;
    }

    private readonly record struct Entry(T Message, bool TookRoom);
}
