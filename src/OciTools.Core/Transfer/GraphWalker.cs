using System.Collections.Concurrent;

namespace OciTools.Transfer;

/// <summary>Visits an image's graph from its roots, each content once.</summary>
/// <param name="handler">Names the children of each node; see <see cref="GraphHandlers"/>.</param>
public sealed class GraphWalker(GraphHandler handler)
{
    /// <summary>
    /// Walks depth first and in order: a parent before its children, a child before its next sibling.
    /// </summary>
    /// <param name="roots">Where to start.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    public async Task WalkAsync(IReadOnlyList<Descriptor> roots, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(roots);
        var seen = new HashSet<Digest>();
        var pending = new Stack<GraphNode>(roots.Reverse().Select(GraphNode.Root));
        while (pending.TryPop(out GraphNode? node))
        {
            if (!seen.Add(node.Descriptor.Digest))
                continue;

            ContentLimits.CheckGraphSize(seen.Count, node.Descriptor);
            IReadOnlyList<Descriptor> children = await handler(node, cancellationToken).ConfigureAwait(false);
            for (int i = children.Count - 1; i >= 0; i--)
                pending.Push(node.Child(children[i]));
        }
    }

    /// <summary>Walks several branches at once; a parent is still visited before its children.</summary>
    /// <param name="roots">Where to start.</param>
    /// <param name="throttleLimit">How many nodes are visited at once, at least 1.</param>
    /// <param name="cancellationToken">Stops the walk.</param>
    public async Task WalkParallelAsync(
        IReadOnlyList<Descriptor> roots, int throttleLimit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfLessThan(throttleLimit, 1);
        var seen = new ConcurrentDictionary<Digest, byte>();
        using var slots = new SemaphoreSlim(throttleLimit);
        using var failure = new FirstFailure(cancellationToken);
        await VisitAllAsync(roots.Select(GraphNode.Root)).ConfigureAwait(false);
        failure.ThrowIfAny();

        Task VisitAllAsync(IEnumerable<GraphNode> nodes) => Task.WhenAll(
            nodes.Where(node => seen.TryAdd(node.Descriptor.Digest, 0)).ToList().ConvertAll(VisitAsync));

        async Task VisitAsync(GraphNode node)
        {
            IReadOnlyList<Descriptor> children = [];
            await failure.GuardAsync(async token =>
            {
                ContentLimits.CheckGraphSize(seen.Count, node.Descriptor);
                await slots.WaitAsync(token).ConfigureAwait(false);
                try
                {
                    children = await handler(node, token).ConfigureAwait(false);
                }
                finally
                {
                    slots.Release();
                }

                await VisitAllAsync(children.Select(node.Child)).ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
    }
}
