using System.Globalization;
using System.Text;

namespace OciTools.RootFs;

/// <summary>
/// Names that git takes for names that mean something to it: <c>.git</c>, which it refuses, and the files that tell it
/// what to do with others. The first character becomes <c>%</c> and two hexadecimal digits, as that of a name that
/// looks like this.
/// </summary>
internal static class GitNames
{
    /// <summary>The record of what git does not keep, in the root of each commit.</summary>
    public const string Record = ".oci-metadata.jsonl";

    /// <summary>What tells git to leave all content as it is, in the root of each commit.</summary>
    public const string Attributes = ".gitattributes";

    private static readonly string[] s_special = [".git", Attributes, ".gitmodules", Record];

    // What Windows makes of them when it shortens names.
    private static readonly string[] s_short = ["git~", "gitatt~", "gitmod~", "gi7eba~", "gi7d29~"];

    /// <summary>Gives the path that something has in a commit; the same one for most.</summary>
    /// <param name="path">The path in the image.</param>
    public static string MapPath(string path) =>
        NeedsLook(path) ? string.Join('/', path.Split('/').Select(Map)) : path;

    private static bool NeedsLook(string path) => path.Contains("git", StringComparison.OrdinalIgnoreCase)
        || path.Contains("gi7", StringComparison.OrdinalIgnoreCase)
        || path.Contains('%')
        || path.Contains(Record, StringComparison.OrdinalIgnoreCase)
        || !Ascii.IsValid(path);

    private static string Map(string name)
    {
        bool isEscape = name.Length > 2 && name[0] == '%'
            && char.IsAsciiHexDigit(name[1]) && char.IsAsciiHexDigit(name[2]);
        return isEscape || IsSpecial(name)
            ? string.Create(CultureInfo.InvariantCulture, $"%{(int)name[0]:X2}{name[1..]}")
            : name;
    }

    /// <summary>
    /// Compares as the file systems do that git guards against: without case, without what Windows cuts off at the end,
    /// and without the characters that macOS does not see.
    /// </summary>
    private static bool IsSpecial(string name)
    {
        string seen = string.Concat(name.Where(character => !IsIgnored(character)));
        int stream = seen.IndexOf(':', StringComparison.Ordinal);
        seen = (stream < 0 ? seen : seen[..stream]).TrimEnd('.', ' ');
        return s_special.Contains(seen, StringComparer.OrdinalIgnoreCase)
            || s_short.Any(start => seen.StartsWith(start, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsIgnored(char character) => character is (>= '\u200C' and <= '\u200F')
        or (>= '\u202A' and <= '\u202E') or (>= '\u206A' and <= '\u206F') or '\uFEFF';
}
