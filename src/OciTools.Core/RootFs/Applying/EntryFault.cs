using OciTools.Layout;

namespace OciTools.RootFs;

/// <summary>The errors for entries that cannot be applied.</summary>
internal static class EntryFault
{
    /// <summary>The entry makes no sense, or means harm.</summary>
    /// <param name="name">The name of the entry.</param>
    /// <param name="clause">What it does, without a full stop.</param>
    /// <param name="cause">What brought it up.</param>
    public static OciException Refused(string name, string clause, Exception? cause = null) => new(
        OciErrorCode.ArchiveInvalid,
        $"The entry '{DisplayText.Sanitize(name)}' {clause}. Nothing outside the target was touched; do not trust this image.",
        name,
        cause);

    /// <summary>The entry goes beyond a limit.</summary>
    public static OciException Exceeded(string name, string clause) => new(
        OciErrorCode.LimitExceeded,
        $"The entry '{DisplayText.Sanitize(name)}' {clause}. Raise the limit only if you trust the image.",
        name);

    /// <summary>The file system did not take the entry.</summary>
    public static OciException NotWritten(string name, Exception cause) => FileFault.At(name, cause);
}
