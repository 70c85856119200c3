using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace OciTools.RootFs;

/// <summary>
/// Text of tar archives. It is UTF-8 by custom, but any byte may stand in a file name: a byte that is no UTF-8 becomes
/// the lone surrogate U+DC00 plus its value, which no UTF-8 gives, and becomes the same byte again when it is written.
/// </summary>
internal static class TarText
{
    private const char EscapeBase = '\uDC00';

    /// <summary>Reads text.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return Encoding.UTF8.GetString(bytes);

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool isValid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == OperationStatus.Done;
            if (isValid)
                text.Append(rune.ToString());
            else
                foreach (byte value in bytes[..length])
                    text.Append((char)(EscapeBase + value));
            bytes = bytes[length..];
        }

        return text.ToString();
    }

    /// <summary>Writes text.</summary>
    public static byte[] Encode(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
        {
            byte[] ascii = new byte[text.Length];
            Ascii.FromUtf16(text, ascii, out _);
            return ascii;
        }

        var bytes = new ArrayBufferWriter<byte>(text.Length + 16);
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (IsEscape(rest[0]))
            {
                bytes.GetSpan(1)[0] = (byte)(rest[0] - EscapeBase);
                bytes.Advance(1);
                rest = rest[1..];
            }
            else
            {
                Rune.DecodeFromUtf16(rest, out Rune rune, out int length);
                bytes.Advance(rune.EncodeToUtf8(bytes.GetSpan(4)));
                rest = rest[length..];
            }
        }

        return bytes.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Encode(ReadOnlySpan{char})"/>
    public static byte[] Encode(string text) => Encode(text.AsSpan());

    /// <summary>Whether the text holds bytes that are no UTF-8.</summary>
    public static bool HasEscapes(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]))
                i++;
            else if (IsEscape(text[i]))
                return true;
        }

        return false;
    }

    private static bool IsEscape(char character) => character is >= '\uDC80' and <= '\uDCFF';
}
