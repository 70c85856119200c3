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

            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            bool unsafeToShow = category is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
            clean.Append(unsafeToShow ? "?" : rune.ToString());
        }

        return clean.ToString();
    }
}
