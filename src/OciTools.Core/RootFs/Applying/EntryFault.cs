using System.Globalization;
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
        $"The entry '{DisplayText.Sanitize(name)}' {clause}. "
            + "Nothing outside the target was touched; do not trust this image.",
        name,
        cause);

    /// <summary>The entry goes beyond a limit.</summary>
    /// <param name="name">The name of the entry.</param>
    /// <param name="clause">What it does, without a full stop.</param>
    /// <param name="limit">The name of the limit.</param>
    public static OciException Exceeded(string name, string clause, string limit) => new(
        OciErrorCode.LimitExceeded,
        $"The entry '{DisplayText.Sanitize(name)}' {clause}. Raise {limit} only if you trust the image.",
        name);

    /// <summary>What has to be remembered of the entries takes too much memory.</summary>
    public static OciException TooMuchMetadata(long limit) => new(
        OciErrorCode.LimitExceeded,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The names and attributes of the image take more than {limit} bytes. ")
            + "No real image has so many; do not trust this one.");

    /// <summary>The file system did not take the entry.</summary>
    public static OciException NotWritten(string name, Exception cause) => FileFault.At(name, cause);

    /// <summary>The root of an image is a folder, and nothing takes its place.</summary>
    public static OciException NoRoot(TarEntry entry) => Refused(
        entry.Name, "puts something else in the place of the root");

    public static OciException Unlinked(TarEntry entry) => Refused(
        entry.Name, $"is a hard link to '{DisplayText.Sanitize(entry.LinkName)}', which is no file of the image");

    public static OciException LinkedToItself(TarEntry entry) =>
        Refused(entry.Name, "is a hard link to itself, or to something in itself");
}
