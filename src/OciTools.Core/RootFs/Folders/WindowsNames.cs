using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OciTools.RootFs;

/// <summary>
/// Names that Windows takes for names that it does not: a character that it refuses becomes <c>%</c> and two
/// hexadecimal digits, and a name that is too long is cut and gets a hash of itself.
/// </summary>
internal static class WindowsNames
{
    private const int MaximumLength = 255;
    private const int KeptLength = 200;
    private const int HashLength = 16;

    private static readonly SearchValues<char> s_refused = SearchValues.Create("<>:\"/\\|?*");

    private static readonly HashSet<string> s_devices = new(StringComparer.OrdinalIgnoreCase)
    {
        "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
        "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
        "LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
    };

    /// <summary>Gives a name that Windows takes; different names give different ones, but for their case.</summary>
    public static string Map(string name)
    {
        var mapped = new StringBuilder(name.Length);
        for (int i = 0; i < name.Length; i++)
        {
            if (IsEscapeNeeded(name, i))
                Escape(mapped, name[i]);
            else
                mapped.Append(name[i]);
        }

        string result = mapped.ToString();
        if (IsDevice(result))
            result = Escape(new StringBuilder(), result[0]).Append(result, 1, result.Length - 1).ToString();
        return result.Length <= MaximumLength ? result : Shorten(result, name);
    }

    private static bool IsEscapeNeeded(string name, int index)
    {
        char character = name[index];
        bool isLast = index == name.Length - 1;
        return character < ' '
            || s_refused.Contains(character)
            || (isLast && character is '.' or ' ')
            || (character == '%' && IsEscaped(name, index))
            || (char.IsSurrogate(character) && !IsPaired(name, index));
    }

    /// <summary>What already looks like an escape must not be taken for one.</summary>
    private static bool IsEscaped(string name, int index) => index + 2 < name.Length
        && char.IsAsciiHexDigit(name[index + 1]) && char.IsAsciiHexDigit(name[index + 2]);

    private static bool IsPaired(string name, int index) => char.IsHighSurrogate(name[index])
        ? index + 1 < name.Length && char.IsLowSurrogate(name[index + 1])
        : index > 0 && char.IsHighSurrogate(name[index - 1]);

    /// <summary>Of a byte that is no UTF-8, the lone surrogate holds the byte.</summary>
    private static StringBuilder Escape(StringBuilder text, char character) =>
        text.Append(CultureInfo.InvariantCulture, $"%{(byte)character:X2}");

    /// <summary>A device is one whatever extension follows, and spaces before that do not help.</summary>
    private static bool IsDevice(string name)
    {
        int end = name.IndexOf('.', StringComparison.Ordinal);
        return s_devices.Contains((end < 0 ? name : name[..end]).TrimEnd(' '));
    }

    private static string Shorten(string mapped, string name)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(name)));
        return $"{mapped[..KeptLength]}%~{hash[..HashLength]}";
    }
}
