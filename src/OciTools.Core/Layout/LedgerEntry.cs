using System.Globalization;

namespace OciTools.Layout;

/// <summary>One line of the ledger: a blob whose content was seen to be right, and how its file looked then.</summary>
/// <param name="Digest">The digest.</param>
/// <param name="Size">The size of the file in bytes.</param>
/// <param name="Modified">When the file was last written, in ticks of UTC.</param>
internal sealed record LedgerEntry(Digest Digest, long Size, long Modified)
{
    public static LedgerEntry Of(Digest digest, FileInfo file) => new(digest, file.Length, file.LastWriteTimeUtc.Ticks);

    /// <summary>Reads a line; null when it is not one, or only the part of one that a crash left.</summary>
    public static LedgerEntry? Parse(string line) =>
        line.Split(' ') is [string digestText, string sizeText, string modifiedText, "."]
        && Digest.TryParse(digestText, out Digest? digest)
        && long.TryParse(sizeText, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
        && long.TryParse(modifiedText, NumberStyles.None, CultureInfo.InvariantCulture, out long modified)
            ? new LedgerEntry(digest, size, modified)
            : null;

    /// <summary>The line. The stop at its end tells a whole line from a torn one.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Digest} {Size} {Modified} .");
}
