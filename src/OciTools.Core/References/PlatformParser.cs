using System.Buffers;

namespace OciTools;

/// <summary>Takes the text of a platform apart.</summary>
internal static class PlatformParser
{
    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> s_osCharacters = SearchValues.Create(LettersAndDigits + "_-");
    private static readonly SearchValues<char> s_otherCharacters = SearchValues.Create(LettersAndDigits + "_.-");
    private static readonly SearchValues<char> s_optionCharacters = SearchValues.Create(LettersAndDigits + "_.%-");

    /// <summary>Parses the text, or says why it cannot be parsed: a clause without a final stop.</summary>
    public static Platform? Parse(string text, out string? reason)
    {
        string[] parts = text.Split('/');
        if (parts.Length > 3)
            return Fail("it has more than three parts", out reason);

        if (!TrySplitOs(parts[0], out string os, out string? version, out string[] features))
            return Fail($"the operating system '{DisplayText.Sanitize(parts[0])}' is malformed", out reason);

        foreach (string part in parts.AsSpan(1))
        {
            if (part.Length == 0 || part.AsSpan().ContainsAnyExcept(s_otherCharacters))
                return Fail($"the part '{DisplayText.Sanitize(part)}' is malformed", out reason);
        }

        reason = null;
        if (parts.Length > 1)
        {
            (string architecture, string? variant) =
                PlatformNames.TranslateArchitecture(parts[1], parts.Length == 3 ? parts[2] : null);
            return Make(PlatformNames.TranslateOs(os), architecture, variant);
        }

        if (PlatformNames.IsKnownOs(PlatformNames.TranslateOs(os)))
            return Make(PlatformNames.TranslateOs(os), Platform.Host.Architecture, Platform.Host.Variant);

        (string alone, string? itsVariant) = PlatformNames.TranslateArchitecture(parts[0], null);
        return PlatformNames.IsKnownArchitecture(alone)
            ? Make("linux", alone, itsVariant)
            : Fail("it is no known operating system or architecture", out reason);

        Platform Make(string os, string architecture, string? variant) => new()
        {
            Os = os,
            Architecture = architecture,
            Variant = variant,
            OsVersion = version,
            OsFeatures = features,
        };
    }

    /// <summary>Escapes what has a meaning in the syntax, as containerd does.</summary>
    public static string EscapeOption(string value) => value
        .Replace("%", "%25", StringComparison.Ordinal)
        .Replace("+", "%2B", StringComparison.Ordinal)
        .Replace("(", "%28", StringComparison.Ordinal)
        .Replace(")", "%29", StringComparison.Ordinal)
        .Replace("/", "%2F", StringComparison.Ordinal);

    /// <summary>Splits <c>os(version+feature+feature)</c>.</summary>
    private static bool TrySplitOs(string part, out string os, out string? version, out string[] features)
    {
        version = null;
        features = [];
        int open = part.IndexOf('(', StringComparison.Ordinal);
        os = open < 0 ? part : part[..open];
        if (os.Length == 0 || os.AsSpan().ContainsAnyExcept(s_osCharacters))
            return false;
        if (open < 0)
            return true;
        if (!part.EndsWith(')'))
            return false;

        string[] options = part[(open + 1)..^1].Split('+');
        if (options.Any(option => option.AsSpan().ContainsAnyExcept(s_optionCharacters)))
            return false;

        version = options[0].Length == 0 ? null : Uri.UnescapeDataString(options[0]);
        features = [.. options.Skip(1).Where(option => option.Length > 0).Select(Uri.UnescapeDataString)];
        return true;
    }

    private static Platform? Fail(string why, out string? reason)
    {
        reason = why;
        return null;
    }
}
