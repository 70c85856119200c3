namespace OciTools.Transfer;

/// <summary>
/// Tells which children of a node a walk goes on to. Handlers stack: each wraps another and adds, drops or watches; see
/// <see cref="GraphHandlers"/>.
/// </summary>
/// <param name="node">The node.</param>
/// <param name="cancellationToken">Stops the walk.</param>
/// <returns>The children in their order; empty to go no further.</returns>
public delegate ValueTask<IReadOnlyList<Descriptor>> GraphHandler(GraphNode node, CancellationToken cancellationToken);
