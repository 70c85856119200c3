using System.Globalization;

namespace OciTools.Layout;

/// <summary>
/// The files of a layout (OCI image specification 1.1, image-layout.md), and the folder <c>.ocitools</c> beside them
/// that holds what readers of the layout must not see: unfinished content, the lock and the ledger.
/// </summary>
internal sealed class LayoutPaths(string root)
{
    /// <summary>How the name of every <see cref="ContentClaim"/> ends.</summary>
    public const string ClaimExtension = ".claim";

    public string Root { get; } = Path.GetFullPath(root);

    public string Marker => Path.Combine(Root, "oci-layout");

    public string Index => Path.Combine(Root, "index.json");

    public string Blobs => Path.Combine(Root, "blobs");

    public string Own => Path.Combine(Root, ".ocitools");

    public string Staging => Path.Combine(Own, "staging");

    public string Lock => Path.Combine(Own, "lock");

    public string Ledger => Path.Combine(Own, "ledger");

    public string BlobFolder(string algorithm) => Path.Combine(Blobs, algorithm);

    /// <summary>A <see cref="Digest"/> is valid by construction, so the path stays below <see cref="Blobs"/>.</summary>
    public string Blob(Digest digest) => Path.Combine(Blobs, digest.Algorithm, digest.Hex);

    /// <summary>
    /// A name that no other writer has, on the same file system as the blobs, so that a rename is atomic.
    /// </summary>
    public string NewTemporary() => Path.Combine(Staging, $"{Guid.NewGuid():N}.tmp");

    /// <summary>The name of a <see cref="ContentClaim"/>.</summary>
    public string NewClaim() => Path.Combine(Staging, $"{Guid.NewGuid():N}{ClaimExtension}");

    /// <summary>
    /// The name of an unfinished blob: like <see cref="NewTemporary"/>, and found again by its digest.
    /// </summary>
    public string NewPartial(Digest digest) => Path.Combine(Staging, $"{digest.Hex}.{Guid.NewGuid():N}.partial");

    /// <summary>
    /// The name of an unfinished blob while its parts come out of order: it tells how many bytes have no gap, because
    /// the length of the file does not, and a process that is killed cannot tell any more.
    /// </summary>
    /// <param name="partial">Any name of the same file.</param>
    /// <param name="length">How many bytes have no gap; null when none do.</param>
    public static string WithSolidLength(string partial, long? length)
    {
        string[] parts = Path.GetFileName(partial).Split('.');
        string name = length is null ? $"{parts[0]}.{parts[1]}.partial" : $"{parts[0]}.{parts[1]}.{length}.partial";
        return Path.Combine(Path.GetDirectoryName(partial)!, name);
    }

    /// <summary>What <see cref="WithSolidLength"/> has put into a name; null when nothing.</summary>
    public static long? SolidLength(string partial) =>
        Path.GetFileName(partial).Split('.') is [_, _, var text, _] && long.TryParse(
            text, NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;

    /// <summary>Fits the names in <see cref="Staging"/> of all unfinished blobs of a digest.</summary>
    public static string PartialPattern(Digest digest) => $"{digest.Hex}.*.partial";
}
