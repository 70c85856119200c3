using System.Threading.Channels;
using OciTools.Transfer;

namespace OciTools.Layout;

/// <summary>
/// Brings the rest of a blob over several connections. Each takes the next chunk and writes it to its place in the
/// file; what has come without a gap is read back, hashed in order, and counts as staged.
/// </summary>
/// <remarks>
/// Reading back costs little: the bytes are in the page cache still, and a line that is split is a slow one. Whoever
/// runs this goes on in order where it ended, which is before the end of the blob if the source refused parts of it.
/// </remarks>
internal sealed class RangedTransfer
{
    private const long ChunkLength = 8 * 1024 * 1024;

    private readonly Descriptor _blob;
    private readonly IRangeSource _source;
    private readonly StagedBlob _staged;
    private readonly IProgress<TransferEvent>? _progress;
    private readonly Action<long>? _advanced;
    private readonly Channel<long> _solid = Channel.CreateUnbounded<long>();
    private readonly Lock _lock = new();
    private readonly Queue<long> _returned = new();
    private readonly HashSet<long> _ahead = [];
    private int _connections;
    private long _next;
    private long _solidTo;
    private long _received;

    /// <param name="blob">The blob.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="connections">Over how many connections, at first.</param>
    /// <param name="staged">The file, with the beginning of the blob.</param>
    /// <param name="progress">Hears of decisions.</param>
    /// <param name="advanced">Hears how many bytes there are so far; called by one at a time.</param>
    public RangedTransfer(
        Descriptor blob,
        IRangeSource source,
        int connections,
        StagedBlob staged,
        IProgress<TransferEvent>? progress,
        Action<long>? advanced)
    {
        _blob = blob;
        _source = source;
        _staged = staged;
        _progress = progress;
        _advanced = advanced;
        _connections = connections;
        _next = _solidTo = _received = staged.Length;
    }

    /// <summary>How many connections what is left of a blob is worth, 1 or more.</summary>
    public static int ConnectionsFor(Descriptor blob, IRangeSource source, long received) =>
        (int)Math.Clamp((blob.Size - received) / ChunkLength, 1, source.ConnectionsFor(blob));

    /// <exception cref="OciException"><see cref="OciErrorCode.WriteFailed"/>.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Report($"One connection is slow for {_blob.Digest}; fetching the rest over {_connections}");
        _staged.BeginParts();
        using var failure = new FirstFailure(cancellationToken);
        Task hashing = failure.GuardAsync(HashAsync);
        await Task.WhenAll(Enumerable.Range(0, _connections).Select(number =>
            failure.GuardAsync(token => FetchAsync(number, token)))).ConfigureAwait(false);
        _solid.Writer.Complete();
        await hashing.ConfigureAwait(false);
        _staged.CutToLength();
        failure.ThrowIfAny();
    }

    private async Task HashAsync(CancellationToken cancellationToken)
    {
        await foreach (long end in _solid.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            _staged.AppendWritten(end, cancellationToken);
    }

    private async Task FetchAsync(int number, CancellationToken cancellationToken)
    {
        Memory<byte> buffer = BlockBuffers.Rent();
        try
        {
            while (Take(number) is { } start)
            {
                int connections = Volatile.Read(ref _connections);
                try
                {
                    await FetchAsync(start, buffer, cancellationToken).ConfigureAwait(false);
                    Complete(start);
                }
                catch (OciException error) when (error.Code != OciErrorCode.WriteFailed)
                {
                    Return(start, connections, error);
                }
            }
        }
        finally
        {
            BlockBuffers.Return(buffer);
        }
    }

    private async Task FetchAsync(long start, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        long end = EndOf(start);
        Stream content = await _source.OpenRangeAsync(_blob, start, end, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            long position = start;
            try
            {
                while (position < end)
                {
                    int room = (int)Math.Min(buffer.Length, end - position);
                    await content.ReadExactlyAsync(buffer[..room], cancellationToken).ConfigureAwait(false);
                    _staged.WriteAt(position, buffer.Span[..room]);
                    position += room;
                    Advance(room);
                }
            }
            catch
            {
                Advance(start - position);
                throw;
            }
        }
    }

    private long EndOf(long start) => Math.Min(start + ChunkLength, _blob.Size);

    private long? Take(int number)
    {
        lock (_lock)
        {
            if (number >= _connections)
                return null;
            if (_returned.TryDequeue(out long start))
                return start;
            if (_next == _blob.Size)
                return null;
            (start, _next) = (_next, EndOf(_next));
            return start;
        }
    }

    private void Complete(long start)
    {
        lock (_lock)
        {
            _ahead.Add(start);
            while (_ahead.Remove(_solidTo))
                _solidTo = EndOf(_solidTo);
            _solid.Writer.TryWrite(_solidTo);
        }
    }

    /// <summary>
    /// Has another connection try a chunk again, and gives up half of them, once however many fail together. A source
    /// that refuses parts as such, and one that leaves a single connection, is read in order instead.
    /// </summary>
    private void Return(long start, int connections, OciException error)
    {
        lock (_lock)
        {
            _returned.Enqueue(start);
            if (_connections != connections)
                return;
            _connections = error.IsTransient && connections >= 4 ? connections / 2 : 0;
            Report($"{error.Message} Fetching {_blob.Digest} over "
                + (_connections > 0 ? $"{_connections} connections from now on" : "one connection from now on"));
        }
    }

    private void Advance(long count)
    {
        lock (_lock)
        {
            _received += count;
            _advanced?.Invoke(_received);
        }
    }

    private void Report(string message) => _progress?.Report(
        new TransferEvent { Kind = TransferEventKind.Decided, Descriptor = _blob, Message = message });
}
