using System.Globalization;

namespace OciTools.RootFs;

/// <summary>Makes the errors of one archive.</summary>
/// <param name="about">What the archive is: a descriptor, a path; null when nobody knows.</param>
internal sealed class TarFault(object? about)
{
    /// <summary>The archive is malformed.</summary>
    /// <param name="offset">Where, in bytes from the start of the archive.</param>
    /// <param name="entry">The name of the entry; null when it is not known yet.</param>
    /// <param name="clause">What is wrong, without a full stop.</param>
    public OciException Invalid(long offset, string? entry, string clause) =>
        Make(OciErrorCode.ArchiveInvalid, offset, entry, clause, "Ask whoever made it for a correct one.");

    /// <summary>The archive goes beyond a limit.</summary>
    public OciException Exceeded(long offset, string? entry, string clause) =>
        Make(OciErrorCode.LimitExceeded, offset, entry, clause, "No honest archive does; do not trust this one.");

    /// <summary>The archive is of a kind that cannot be read.</summary>
    public OciException NotSupported(long offset, string? entry, string clause) =>
        Make(OciErrorCode.NotSupported, offset, entry, clause, "Make it again as one POSIX archive.");

    private OciException Make(OciErrorCode code, long offset, string? entry, string clause, string advice)
    {
        string archive = about is null ? "The tar archive" : $"The tar archive {DisplayText.Sanitize($"{about}")}";
        string where = entry is null ? "" : $"in the entry '{DisplayText.Sanitize(entry)}' ";
        return new OciException(
            code,
            string.Create(
                CultureInfo.InvariantCulture, $"{archive} cannot be read {where}at byte {offset}: {clause}. {advice}"),
            about);
    }
}
