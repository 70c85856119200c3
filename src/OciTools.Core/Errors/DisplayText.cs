using System.Globalization;
using System.Text;

namespace OciTools;

/// <summary>Makes text that came from outside safe to show on a terminal.</summary>
internal static class DisplayText
{
    private const int MaximumLength = 512;

    /// <summary>
    /// Replaces control, format (bidirectional, zero-width) and line-separating characters, and cuts long text.
    /// </summary>
    public static string Sanitize(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, MaximumLength));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (clean.Length >= MaximumLength)
                return clean.Append('…').ToString();

            clean.Append(IsSafe(rune) ? rune.ToString() : "?");
        }

        return clean.ToString();
    }

    /// <summary>
    /// An exception to keep as the cause of another: null when it, or a cause of its own, quotes what is not safe to
    /// show.
    /// </summary>
    public static Exception? SafeCause(Exception? exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            foreach (Rune rune in cause.Message.EnumerateRunes())
            {
                if (!IsSafe(rune))
                    return null;
            }
        }

        return exception;
    }

    private static bool IsSafe(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
