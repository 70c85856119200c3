using System.Buffers;
using System.Globalization;
using System.Net;

namespace OciTools;

/// <summary>The rules for the parts of an image reference (distribution/reference 0.6).</summary>
/// <remarks>
/// Each check answers null, or what is wrong as a clause. Positions count from 1; the offset is where the part stands
/// in the text that the person wrote.
/// </remarks>
internal static class ReferenceGrammar
{
    public const int MaximumRepositoryLength = 255;

    private const int MaximumTagLength = 128;

    private static readonly SearchValues<char> s_controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(code => (char)code).Where(char.IsControl)]);

    /// <summary>
    /// Whether the first part of a reference is a host rather than the start of a Docker Hub repository.
    /// </summary>
    public static bool IsHost(string part) =>
        part == "localhost" || part.AsSpan().ContainsAny('.', ':') || part.AsSpan().ContainsAnyInRange('A', 'Z');

    /// <summary>Splits <c>host:port</c>; the brackets of an IPv6 address stay on, and the port may be absent.</summary>
    public static (string Host, string? Port) SplitPort(string registry)
    {
        int colon = registry.IndexOf(':', registry.IndexOf(']', StringComparison.Ordinal) + 1);
        return colon < 0 ? (registry, null) : (registry[..colon], registry[(colon + 1)..]);
    }

    public static string? CheckHost(string registry, int offset)
    {
        (string host, string? port) = SplitPort(registry);
        string? reason = host.StartsWith('[') ? CheckAddress(host, offset) : CheckHostName(host, offset);
        return reason ?? (port is null ? null : CheckPort(port, offset + host.Length + 1));
    }

    public static string? CheckRepository(string repository, int offset)
    {
        if (repository.Length == 0)
            return $"the repository is missing at position {offset + 1}";

        if (repository.Length > MaximumRepositoryLength)
            return RepositoryTooLong(repository);

        for (int i = 0; i < repository.Length; i++)
        {
            char c = repository[i];
            if (char.IsAsciiLetterUpper(c))
                return Wrong($"has an upper-case letter at position {offset + i + 1}; repositories are lower-case");
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '_' or '-' or '/'))
            {
                return Wrong($"has {Describe(c)} at position {offset + i + 1}; "
                    + "repositories are made of lower-case letters, digits, '.', '_', '-' and '/'");
            }
        }

        int start = 0;
        foreach (string component in repository.Split('/'))
        {
            if (component.Length == 0)
                return Wrong($"has an empty part at position {offset + start + 1}");

            int misplaced = FindMisplacedSeparator(component);
            if (misplaced >= 0)
            {
                return Wrong($"has {Describe(component[misplaced])} in the wrong place, at position "
                    + $"{offset + start + misplaced + 1}; '.', '_', '__' and dashes stand between letters or digits");
            }

            start += component.Length + 1;
        }

        return null;

        string Wrong(string what) => $"the repository '{DisplayText.Sanitize(repository)}' {what}";
    }

    public static string RepositoryTooLong(string repository) => string.Create(
        CultureInfo.InvariantCulture,
        $"the repository has {repository.Length} characters; {MaximumRepositoryLength} is the limit");

    public static string? CheckTag(string tag, int offset)
    {
        if (tag.Length == 0)
            return $"the tag is missing at position {offset + 1}, after the colon";

        if (tag.Length > MaximumTagLength)
            return $"the tag at position {offset + 1} has {tag.Length} characters; {MaximumTagLength} is the limit";

        for (int i = 0; i < tag.Length; i++)
        {
            char c = tag[i];
            if (char.IsAsciiLetterOrDigit(c) || c == '_')
                continue;

            string wrong = $"the tag '{DisplayText.Sanitize(tag)}' has {Describe(c)} at position {offset + i + 1}";
            if (c is not ('.' or '-'))
                return $"{wrong}; tags are made of letters, digits, '_', '.' and '-'";
            if (i == 0)
                return $"{wrong}; tags begin with a letter, a digit or '_'";
        }

        return null;
    }

    /// <summary>
    /// The name of an image in a layout or archive. What other tools write goes beyond the image specification's
    /// grammar for <c>org.opencontainers.image.ref.name</c>, so only what would be unsafe or ambiguous is refused.
    /// </summary>
    public static string? CheckName(string name, int offset)
    {
        if (name.Length == 0)
            return $"the name is missing at position {offset + 1}, after the colon";

        int control = IndexOfControl(name);
        if (control >= 0)
            return Wrong($"has a control character at position {offset + control + 1}");

        return name[0] is '/' or '\\' ? Wrong($"begins with {Describe(name[0])} at position {offset + 1}") : null;

        string Wrong(string what) => $"the name '{DisplayText.Sanitize(name)}' {what}";
    }

    public static string? CheckPath(string path, string prefix)
    {
        if (path.Length == 0)
            return $"the path is missing after '{prefix}'";

        int control = IndexOfControl(path);
        return control < 0 ? null : $"the path has a control character at position {prefix.Length + control + 1}";
    }

    private static string? CheckHostName(string host, int offset)
    {
        if (host.Length == 0)
            return $"the host is missing at position {offset + 1}";

        int start = 0;
        foreach (string label in host.Split('.'))
        {
            if (label.Length == 0)
                return Wrong($"has an empty part at position {offset + start + 1}");

            for (int i = 0; i < label.Length; i++)
            {
                char c = label[i];
                bool isEdge = i == 0 || i == label.Length - 1;
                if (char.IsAsciiLetterOrDigit(c) || (c == '-' && !isEdge))
                    continue;

                return Wrong(c == '-'
                    ? $"has a dash at position {offset + start + i + 1}; no part begins or ends with one"
                    : $"has {Describe(c)} at position {offset + start + i + 1}; hosts are made of letters, digits, "
                        + "'.' and '-'");
            }

            start += label.Length + 1;
        }

        return null;

        string Wrong(string what) => $"the host '{DisplayText.Sanitize(host)}' {what}";
    }

    private static string? CheckAddress(string host, int offset)
    {
        // The grammar leaves out zone identifiers and IPv4-mapped addresses.
        bool isAddress = host.EndsWith(']')
            && !host.AsSpan(1, host.Length - 2).ContainsAnyExcept("0123456789abcdefABCDEF:")
            && IPAddress.TryParse(host, out _);
        return isAddress
            ? null
            : $"the host '{DisplayText.Sanitize(host)}' at position {offset + 1} is not an IPv6 address in brackets";
    }

    private static string? CheckPort(string port, int offset)
    {
        bool isPort = ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            && number > 0;
        return isPort
            ? null
            : $"the port '{DisplayText.Sanitize(port)}' at position {offset + 1} is not a number from 1 to 65535";
    }

    /// <summary>Between letters and digits may stand one '.', one or two '_', or any number of '-'.</summary>
    private static int FindMisplacedSeparator(string component)
    {
        for (int i = 0; i < component.Length; i++)
        {
            char c = component[i];
            if (char.IsAsciiLetterOrDigit(c))
                continue;

            int end = i + 1;
            while (end < component.Length && component[end] == c)
                end++;

            int longest = c switch { '.' => 1, '_' => 2, _ => int.MaxValue };
            if (i == 0 || end == component.Length || end - i > longest)
                return i;
            if (!char.IsAsciiLetterOrDigit(component[end]))
                return end;

            i = end;
        }

        return -1;
    }

    private static int IndexOfControl(string text) => text.AsSpan().IndexOfAny(s_controls);

    private static string Describe(char c) => c switch
    {
        ' ' => "a space",
        _ when char.IsControl(c) => "a control character",
        _ => $"'{DisplayText.Sanitize(c.ToString())}'",
    };
}
