namespace OciTools.Testing;

/// <summary>One blob, manifest or index of a <see cref="TestImage"/>.</summary>
/// <param name="Descriptor">What it is; with the platform that its index says.</param>
/// <param name="Bytes">All of it.</param>
public sealed record TestContent(Descriptor Descriptor, byte[] Bytes)
{
    /// <summary>Whether it is a manifest or an index.</summary>
    public bool IsDocument => MediaTypes.IsDocument(Descriptor.MediaType);
}
