using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;

namespace OciTools;

/// <summary>
/// Finds what is signed in a manifest of schema 1 (Docker image manifest version 2, schema 1, "Signed Manifests"): the
/// text that was there before the signatures were put into it.
/// </summary>
/// <remarks>
/// The signatures themselves are not checked. They only tell that somebody with some key signed; the digest, which is
/// that of the payload, is what an image is known by.
/// </remarks>
internal static class Schema1Payload
{
    /// <summary>Cuts the payload out of the manifest; it is the whole of a manifest without signatures.</summary>
    /// <exception cref="FormatException">A signature is missing or malformed; the message is a clause.</exception>
    public static ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> bytes, JsonElement root, bool mustBeSigned)
    {
        IReadOnlyList<(long Length, byte[] Tail)> formats = root.FindList("signatures", "", ReadFormat);
        if (formats.Count == 0)
            return mustBeSigned ? throw new FormatException("it was announced as signed, but has no signature") : bytes;

        (long length, byte[] tail) = formats[0];
        if (formats.Any(other => other.Length != length || !other.Tail.AsSpan().SequenceEqual(tail)))
            throw new FormatException("its signatures are not over the same text");
        if (length < 0 || length > bytes.Length)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"the 'formatLength' of its signature is {length}, and the document has {bytes.Length} bytes"));
        }

        return (byte[])[.. bytes.Span[..(int)length], .. tail];
    }

    private static (long Length, byte[] Tail) ReadFormat(JsonElement signature, string path)
    {
        if (signature.ValueKind != JsonValueKind.Object)
            throw new FormatException($"'{path}' is not an object");

        string headerPath = JsonMembers.Join(path, "protected");
        using JsonDocument header = DocumentReader.Parse(Decode(signature.RequireText("protected", path), headerPath));
        JsonElement format = header.RootElement;
        return (
            format.FindInteger("formatLength", headerPath)
                ?? throw JsonMembers.Missing(JsonMembers.Join(headerPath, "formatLength")),
            Decode(format.RequireText("formatTail", headerPath), JsonMembers.Join(headerPath, "formatTail")));
    }

    private static byte[] Decode(string text, string path)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"'{path}' is not base64url", exception);
        }
    }
}
