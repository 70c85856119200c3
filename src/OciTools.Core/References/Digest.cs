using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OciTools;

/// <summary>A content digest: an algorithm and its hash in lower-case hexadecimal.</summary>
/// <remarks>
/// Valid by construction, so it is safe as a path segment and in a URL. Only the algorithms registered by the OCI image
/// specification 1.1 (descriptor.md, "Registered algorithms") are accepted: sha256 and sha512.
/// </remarks>
public sealed class Digest : IEquatable<Digest>
{
    /// <summary>The name of the SHA-256 algorithm.</summary>
    public const string Sha256 = "sha256";

    /// <summary>The name of the SHA-512 algorithm.</summary>
    public const string Sha512 = "sha512";

    private Digest(string algorithm, string hex)
    {
        Algorithm = algorithm;
        Hex = hex;
    }

    /// <summary>The algorithm: <c>sha256</c> or <c>sha512</c>.</summary>
    public string Algorithm { get; }

    /// <summary>The hash, lower-case hexadecimal: 64 characters for sha256, 128 for sha512.</summary>
    public string Hex { get; }

    /// <summary>The first twelve characters of the hash, for people.</summary>
    public string Short => Hex[..12];

    /// <summary>Parses <c>algorithm:hex</c>.</summary>
    /// <exception cref="FormatException">The text is not a digest of a registered algorithm.</exception>
    public static Digest Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out Digest? digest, out string? reason)
            ? digest
            : throw new FormatException($"'{DisplayText.Sanitize(text)}' is not a digest: {reason}.");
    }

    /// <summary>Parses <c>algorithm:hex</c> without throwing.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Digest? digest) =>
        TryParse(text, out digest, out _);

    /// <summary>Hashes bytes.</summary>
    /// <param name="content">The bytes to hash.</param>
    /// <param name="algorithm">The algorithm, <c>sha256</c> by default.</param>
    public static Digest Compute(ReadOnlySpan<byte> content, string algorithm = Sha256) => algorithm switch
    {
        Sha256 => new Digest(Sha256, Convert.ToHexStringLower(SHA256.HashData(content))),
        Sha512 => new Digest(Sha512, Convert.ToHexStringLower(SHA512.HashData(content))),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "The algorithm is sha256 or sha512."),
    };

    internal static bool TryParse(
        [NotNullWhen(true)] string? text,
        [NotNullWhen(true)] out Digest? digest,
        [NotNullWhen(false)] out string? reason)
    {
        digest = null;
        int colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (text is null || colon < 0)
        {
            reason = "it has the form algorithm:hex";
            return false;
        }

        string algorithm = text[..colon];
        int length = algorithm switch { Sha256 => 64, Sha512 => 128, _ => 0 };
        if (length == 0)
        {
            reason = "the algorithm is sha256 or sha512";
            return false;
        }

        string hex = text[(colon + 1)..];
        if (hex.Length != length || hex.AsSpan().ContainsAnyExcept("0123456789abcdef"))
        {
            reason = $"{algorithm} takes {length} lower-case hexadecimal characters";
            return false;
        }

        reason = null;
        digest = new Digest(algorithm, hex);
        return true;
    }

    internal static Digest FromHash(string algorithm, ReadOnlySpan<byte> hash) =>
        new(algorithm, Convert.ToHexStringLower(hash));

    internal IncrementalHash CreateHash() => CreateHash(Algorithm);

    internal static IncrementalHash CreateHash(string algorithm) =>
        IncrementalHash.CreateHash(algorithm == Sha512 ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    /// <inheritdoc/>
    public bool Equals(Digest? other) => other is not null && Algorithm == other.Algorithm && Hex == other.Hex;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Digest);

    /// <inheritdoc/>
    public override int GetHashCode() => Hex.GetHashCode(StringComparison.Ordinal);

    /// <summary>The digest as <c>algorithm:hex</c>.</summary>
    public override string ToString() => $"{Algorithm}:{Hex}";
}
