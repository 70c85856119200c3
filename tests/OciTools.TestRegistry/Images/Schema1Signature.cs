using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OciTools.Testing;

/// <summary>Signs manifests of schema 1 as Docker did: a JSON Web Signature of the text around it.</summary>
public static class Schema1Signature
{
    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Puts a signature into a text that ends with <c>}</c>.</summary>
    public static byte[] Add(byte[] payload, ECDsa key)
    {
        int length = Array.LastIndexOf(payload, (byte)'}');
        while (char.IsWhiteSpace((char)payload[length - 1]))
            length--;
        byte[] tail = payload[length..];
        string header = Encode(Encoding.UTF8.GetBytes(
            $$"""{"formatLength":{{length}},"formatTail":"{{Encode(tail)}}","time":"2016-01-02T03:04:05Z"}"""));
        byte[] signature = key.SignData(
            Encoding.ASCII.GetBytes($"{header}.{Encode(payload)}"), HashAlgorithmName.SHA256);
        var signatures = new JsonArray(new JsonObject
        {
            ["header"] = new JsonObject { ["jwk"] = Describe(key), ["alg"] = "ES256" },
            ["signature"] = Encode(signature),
            ["protected"] = header,
        });
        byte[] member = Encoding.UTF8.GetBytes($",\n   \"signatures\": {signatures.ToJsonString()}");
        return [.. payload[..length], .. member, .. tail];
    }

    /// <summary>The text that is signed; the text as it is when it is not signed, or is no JSON.</summary>
    public static byte[] Remove(byte[] text)
    {
        try
        {
            string header = JsonNode.Parse(text)!["signatures"]![0]!["protected"]!.GetValue<string>();
            JsonNode format = JsonNode.Parse(Base64Url.DecodeFromChars(header))!;
            byte[] tail = Base64Url.DecodeFromChars(format["formatTail"]!.GetValue<string>());
            return [.. text[..format["formatLength"]!.GetValue<int>()], .. tail];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return text;
        }
    }

    /// <summary>The public key, with the name that libtrust gives it and checks.</summary>
    private static JsonObject Describe(ECDsa key)
    {
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        byte[] hash = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
        var bits = new System.Numerics.BigInteger(hash.AsSpan(0, 30), isUnsigned: true, isBigEndian: true);
        IEnumerable<char> letters =
            Enumerable.Range(0, 48).Reverse().Select(i => Base32[(int)((bits >> (5 * i)) & 31)]);
        return new JsonObject
        {
            ["crv"] = "P-256",
            ["kid"] = string.Join(':', letters.Chunk(4).Select(letters => new string(letters))),
            ["kty"] = "EC",
            ["x"] = Encode(point.X!),
            ["y"] = Encode(point.Y!),
        };
    }

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
