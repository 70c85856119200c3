namespace OciTools.Archives;

/// <summary>One entry of an archive in its place.</summary>
/// <param name="Offset">Where its header starts.</param>
/// <param name="Bytes">The header, and the content unless that is a blob.</param>
/// <param name="Blob">The blob that follows, or null.</param>
internal sealed record ArchivePart(long Offset, ReadOnlyMemory<byte> Bytes, PendingBlob? Blob)
{
    /// <summary>Where the blob starts.</summary>
    public long BlobOffset => Offset + Bytes.Length;
}
