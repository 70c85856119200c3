using System.Collections.Concurrent;

namespace OciTools.Transfer;

/// <summary>
/// Copies a graph from a source to a sink. A document is written after all that it names; each content moves once,
/// however many documents share it; the first failure stops the rest.
/// </summary>
public sealed class GraphCopier
{
    private readonly IContentSource _source;
    private readonly IContentSink _sink;
    private readonly IContentSource? _sinkAsSource;
    private readonly GraphHandler _children;
    private readonly bool _force;
    private readonly Func<Descriptor, OciException, bool>? _goesOn;
    private readonly int _throttleLimit;
    private readonly TransferTally _tally;
    private readonly ConcurrentDictionary<Digest, RawDocument> _open = new();

    /// <summary>Creates a copier. It may copy several roots; what they share moves once.</summary>
    /// <param name="source">Where content comes from.</param>
    /// <param name="sink">Where it goes; its <see cref="IContentSink.CompleteAsync"/> stays with the caller.</param>
    /// <param name="options">How to copy; null for the defaults.</param>
    public GraphCopier(IContentSource source, IContentSink sink, GraphCopyOptions? options = null)
        : this(source, sink, options ?? new GraphCopyOptions(), new TransferTally(options?.Progress))
    {
    }

    internal GraphCopier(IContentSource source, IContentSink sink, GraphCopyOptions options, TransferTally tally)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(sink);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ThrottleLimit, 1, nameof(options));
        _source = source;
        _sink = sink;
        // A registry vouches for what lies below a document it has; a layout is read instead, which costs no request.
        _sinkAsSource = sink.HoldsCompleteGraphs ? null : sink as IContentSource;
        GraphHandler named = async (node, token) =>
            _open.TryGetValue(node.Descriptor.Digest, out RawDocument? document)
                ? await Schema1Blobs.FindChildrenAsync(source, document, token).ConfigureAwait(false)
                : [];
        _children = options.Handlers is null ? named : options.Handlers(named);
        _force = options.Force;
        _goesOn = options.GoesOn;
        _throttleLimit = options.ThrottleLimit;
        _tally = tally;
    }

    /// <summary>Copies the graph below a root.</summary>
    /// <param name="root">The root, as the request or its index describes it.</param>
    /// <param name="tag">The tag to give it at the sink, or null.</param>
    /// <param name="document">The root's bytes when they are not at the source, because they were written anew.</param>
    /// <param name="cancellationToken">Stops the copy; it returns when all transfers have ended.</param>
    /// <exception cref="OciException">The first failure.</exception>
    public Task CopyAsync(
        Descriptor root, string? tag, RawDocument? document = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(root);
        return CopyAsync([GraphNode.Root(root)], tag, document, cancellationToken);
    }

    /// <summary>Copies what lies below several places of a graph.</summary>
    internal Task CopyAsync(IReadOnlyList<GraphNode> nodes, CancellationToken cancellationToken) =>
        CopyAsync(nodes, tag: null, document: null, cancellationToken);

    private async Task CopyAsync(
        IReadOnlyList<GraphNode> nodes, string? tag, RawDocument? document, CancellationToken cancellationToken)
    {
        using var slots = new SemaphoreSlim(_throttleLimit);
        using var failure = new FirstFailure(cancellationToken);
        var run = new Run(this, slots, failure, tag, document);
        await Task.WhenAll(nodes.Select(run.CopyAsync)).ConfigureAwait(false);
        failure.ThrowIfAny();
    }

    /// <summary>One copy: the tasks of its nodes, by digest.</summary>
    private sealed class Run(
        GraphCopier copier, SemaphoreSlim slots, FirstFailure failure, string? tag, RawDocument? rootDocument)
    {
        private readonly ConcurrentDictionary<Digest, Lazy<Task>> _tasks = new();

        /// <summary>The shared task of a node: whoever comes second waits for the first.</summary>
        public Task CopyAsync(GraphNode node) => _tasks.GetOrAdd(
            node.Descriptor.Digest,
            _ => new Lazy<Task>(() => failure.GuardAsync(token => CopyNodeAsync(node, token)))).Value;

        private async Task CopyNodeAsync(GraphNode node, CancellationToken token)
        {
            ContentLimits.CheckGraphSize(_tasks.Count, node.Descriptor);
            try
            {
                if (node.IsDocument)
                    await CopyDocumentAsync(node, token).ConfigureAwait(false);
                else
                    await InSlotAsync(() => CopyBlobAsync(node.Descriptor, copier._force, token), token)
                        .ConfigureAwait(false);
            }
            catch (OciException error) when (copier._goesOn?.Invoke(node.Descriptor, error) == true)
            {
                // Whoever said so tells of it.
            }
        }

        private async Task CopyDocumentAsync(GraphNode node, CancellationToken token)
        {
            Descriptor descriptor = node.Descriptor;
            bool isRoot = node.Parent is null;
            bool present = false;
            RawDocument? document = null;
            await InSlotAsync(
                async () =>
                {
                    present = await copier._sink.HasAsync(descriptor, copier._force, token).ConfigureAwait(false);
                    bool needed = !present || copier._sinkAsSource is not null || copier._force || isRoot;
                    document =
                        needed ? await ReadAsync(descriptor, isRoot, present, token).ConfigureAwait(false) : null;
                },
                token).ConfigureAwait(false);

            // What a registry holds it holds whole, unless the caller doubts it.
            bool complete = present && copier._sink.HoldsCompleteGraphs && !copier._force;
            IReadOnlyList<Descriptor> children = complete || document is null
                ? []
                : await ChildrenAsync(node, document, token).ConfigureAwait(false);
            foreach (Descriptor child in children)
                copier._tally.Report(new TransferEvent { Kind = TransferEventKind.Found, Descriptor = child });
            await Task.WhenAll(children.Select(node.Child).ToList().ConvertAll(CopyAsync)).ConfigureAwait(false);
            token.ThrowIfCancellationRequested();

            if (present && !isRoot)
            {
                Report(TransferEventKind.Skipped, descriptor, BlobOutcome.Skipped);
                return;
            }

            await InSlotAsync(() => WriteAsync(node, document!, children, token), token).ConfigureAwait(false);
            if (present)
                Report(TransferEventKind.Skipped, descriptor, BlobOutcome.Skipped);
            else
                Report(TransferEventKind.Completed, descriptor, BlobOutcome.Transferred);
        }

        private async Task<RawDocument> ReadAsync(
            Descriptor descriptor, bool isRoot, bool present, CancellationToken token)
        {
            if (isRoot && rootDocument is not null)
                return rootDocument;
            if (present && copier._sinkAsSource is { } sink)
            {
                try
                {
                    return await sink.ReadDocumentAsync(descriptor, token).ConfigureAwait(false);
                }
                catch (OciException exception) when (exception.Code
                    is OciErrorCode.ManifestNotFound or OciErrorCode.BlobNotFound)
                {
                    // Removed from the sink just now; completing the sink will notice.
                }
            }

            return await ReadFromSourceAsync(descriptor, token).ConfigureAwait(false);
        }

        private async Task<RawDocument> ReadFromSourceAsync(Descriptor descriptor, CancellationToken token) =>
            descriptor.Data is { } data
                ? RawDocument.Create(data, descriptor)
                : await copier._source.ReadDocumentAsync(descriptor, token).ConfigureAwait(false);

        private async Task<IReadOnlyList<Descriptor>> ChildrenAsync(
            GraphNode node, RawDocument document, CancellationToken token)
        {
            copier._open[node.Descriptor.Digest] = document;
            try
            {
                return await copier._children(node, token).ConfigureAwait(false);
            }
            finally
            {
                copier._open.TryRemove(node.Descriptor.Digest, out _);
            }
        }

        private async Task WriteAsync(
            GraphNode node, RawDocument document, IReadOnlyList<Descriptor> children, CancellationToken token)
        {
            bool isRoot = node.Parent is null;
            string? name = isRoot ? tag : null;
            try
            {
                await copier._sink.WriteDocumentAsync(document, node.Descriptor, name, isRoot, token)
                    .ConfigureAwait(false);
            }
            catch (RegistryException exception) when (!copier._force && IsMissingPart(exception))
            {
                // The registry claimed to have a part and denies it now, because it was collected meanwhile or never
                // whole.
                copier._tally.Report(new TransferEvent
                {
                    Kind = TransferEventKind.Retried,
                    Descriptor = node.Descriptor,
                    Message = $"The registry misses parts of {node.Descriptor.Digest}; sending them again.",
                });
                foreach (Descriptor child in children)
                    await ResendAsync(node.Child(child), token).ConfigureAwait(false);
                await copier._sink.WriteDocumentAsync(document, node.Descriptor, name, isRoot, token)
                    .ConfigureAwait(false);
            }
        }

        private async Task ResendAsync(GraphNode node, CancellationToken token)
        {
            if (!node.IsDocument)
            {
                await CopyBlobAsync(node.Descriptor, force: true, token).ConfigureAwait(false);
                return;
            }

            RawDocument document = await ReadFromSourceAsync(node.Descriptor, token).ConfigureAwait(false);
            foreach (Descriptor child in await ChildrenAsync(node, document, token).ConfigureAwait(false))
                await ResendAsync(node.Child(child), token).ConfigureAwait(false);
            await copier._sink.WriteDocumentAsync(document, node.Descriptor, null, false, token).ConfigureAwait(false);
        }

        private async Task CopyBlobAsync(Descriptor descriptor, bool force, CancellationToken token)
        {
            // With force a sound blob stays; only one that is missing or broken is written again.
            if (force && await copier._sink.HasAsync(descriptor, verify: true, token).ConfigureAwait(false))
            {
                Report(TransferEventKind.Skipped, descriptor, BlobOutcome.Skipped);
                return;
            }

            BlobOutcome outcome = await copier._sink
                .WriteBlobAsync(descriptor, copier._source, force, copier._tally, token).ConfigureAwait(false);
            copier._tally.Add(outcome, descriptor);
        }

        private void Report(TransferEventKind kind, Descriptor descriptor, BlobOutcome outcome)
        {
            copier._tally.Add(outcome, descriptor);
            copier._tally.Report(new TransferEvent { Kind = kind, Descriptor = descriptor, Bytes = descriptor.Size });
        }

        // A node holds a slot only while it moves content, never while it waits for its children: deep graphs would
        // otherwise use up all slots by waiting.
        private async Task InSlotAsync(Func<Task> work, CancellationToken token)
        {
            await slots.WaitAsync(token).ConfigureAwait(false);
            try
            {
                await work().ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }

        private static bool IsMissingPart(RegistryException exception) => exception.Errors.Any(error =>
            error.Code is "MANIFEST_BLOB_UNKNOWN" or "BLOB_UNKNOWN" or "MANIFEST_UNKNOWN");
    }
}
