namespace OciTools.Transfer;

/// <summary>One place in an image's graph: a descriptor and how the walk came to it.</summary>
/// <param name="Descriptor">The content.</param>
/// <param name="Parent">The document that names it; null for a root.</param>
/// <param name="Depth">How many documents lie above it; 0 for a root.</param>
public sealed record GraphNode(Descriptor Descriptor, Descriptor? Parent, int Depth)
{
    /// <summary>
    /// Whether the content is a document that may have children, and that registries keep under <c>/manifests/</c>. A
    /// child of an index whose type nobody knows counts as one when it is JSON.
    /// </summary>
    public bool IsDocument => Parent is null
        || MediaTypes.IsDocument(Descriptor.MediaType)
        || (MediaTypes.IsIndex(Parent.MediaType)
            && Descriptor.MediaType.EndsWith("+json", StringComparison.Ordinal)
            && !MediaTypes.IsConfig(Descriptor.MediaType));

    /// <summary>A root of a walk.</summary>
    public static GraphNode Root(Descriptor descriptor) => new(descriptor, null, 0);

    /// <summary>The node of one of this node's children.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.LimitExceeded"/>: the graph is nested too deeply.
    /// </exception>
    public GraphNode Child(Descriptor child) => Depth < ContentLimits.GraphDepth
        ? new GraphNode(child, Descriptor, Depth + 1)
        : throw new OciException(
            OciErrorCode.LimitExceeded,
            $"The image nests more than {ContentLimits.GraphDepth} documents. "
            + "No real image does; do not trust this one.",
            child);
}
