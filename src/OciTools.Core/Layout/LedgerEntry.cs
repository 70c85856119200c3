namespace OciTools.Layout;

/// <summary>A blob whose content was seen to be right, and how its file looked then.</summary>
/// <param name="Digest">The digest.</param>
/// <param name="Size">The size of the file in bytes.</param>
/// <param name="Modified">When the file was last written, in ticks of UTC.</param>
internal sealed record LedgerEntry(Digest Digest, long Size, long Modified)
{
    public static LedgerEntry Of(Digest digest, FileInfo file) => new(digest, file.Length, file.LastWriteTimeUtc.Ticks);
}
