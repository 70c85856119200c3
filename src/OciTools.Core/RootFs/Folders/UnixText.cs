using System.Text;

namespace OciTools.RootFs;

/// <summary>Text for the calls of Unix: bytes with a zero at the end.</summary>
internal static class UnixText
{
    /// <summary>Makes the bytes of a name; bytes that are no UTF-8 come back as they were in the archive.</summary>
    public static byte[] Encode(string text)
    {
        if (!Ascii.IsValid(text))
            return [.. TarText.Encode(text), 0];

        byte[] bytes = new byte[text.Length + 1];
        Ascii.FromUtf16(text, bytes, out _);
        return bytes;
    }
}
