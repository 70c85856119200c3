using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text;

namespace OciTools.Registry.Auth;

/// <summary>
/// Reads <c>WWW-Authenticate</c> (RFC 9110, 11.6.1): any number of challenges in any number of headers. A challenge
/// that breaks the grammar is left out, and with it the rest of its header, because where it ends is a guess.
/// </summary>
internal sealed class AuthChallengeParser
{
    /// <summary>The most text that is read, in characters over all headers.</summary>
    public const int MaximumLength = 16 * 1024;

    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly SearchValues<char> s_token = SearchValues.Create(Alphanumeric + "!#$%&'*+-.^_`|~");
    private static readonly SearchValues<char> s_token68 = SearchValues.Create(Alphanumeric + "-._~+/");

    private readonly string _text;
    private int _position;

    private AuthChallengeParser(string text) => _text = text;

    private bool AtEnd => _position == _text.Length;

    /// <summary>The challenges of an answer, in its order.</summary>
    public static IReadOnlyList<AuthChallenge> Parse(HttpResponseHeaders headers) =>
        headers.NonValidated.TryGetValues("WWW-Authenticate", out HeaderStringValues values) ? Parse(values) : [];

    /// <summary>The challenges of these header values; none when they are longer than the limit.</summary>
    public static IReadOnlyList<AuthChallenge> Parse(IEnumerable<string> values)
    {
        string[] headers = [.. values];
        if (headers.Sum(header => (long)header.Length) > MaximumLength)
            return [];

        List<AuthChallenge> challenges = [];
        foreach (string header in headers)
        {
            var parser = new AuthChallengeParser(header);
            while (parser.TryReadChallenge(out AuthChallenge? challenge))
                challenges.Add(challenge);
        }

        return challenges;
    }

    private bool TryReadChallenge([NotNullWhen(true)] out AuthChallenge? challenge)
    {
        challenge = null;
        SkipListSeparators();
        string scheme = ReadWhile(s_token);
        if (scheme.Length == 0 || !(AtEnd || _text[_position] is ' ' or '\t' or ','))
            return false;

        string? token68 = ReadToken68();
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (token68 is null && !ReadParameters(parameters))
            return false;

        challenge = new AuthChallenge(scheme, token68, parameters);
        return true;
    }

    // "Scheme abc=" is a token68 and "Scheme abc=d" is a parameter: only what follows tells.
    private string? ReadToken68()
    {
        int start = _position;
        SkipSpace();
        int first = _position;
        ReadWhile(s_token68);
        if (_position > first)
        {
            while (!AtEnd && _text[_position] == '=')
                _position++;
            string value = _text[first.._position];
            SkipSpace();
            if (AtEnd || _text[_position] == ',')
                return value;
        }

        _position = start;
        return null;
    }

    private bool ReadParameters(Dictionary<string, string> parameters)
    {
        while (true)
        {
            int separators = _position;
            SkipListSeparators();
            if (AtEnd)
                return true;

            string name = ReadWhile(s_token);
            SkipSpace();
            if (name.Length == 0)
                return false;

            if (AtEnd || _text[_position] != '=')
            {
                // No parameter, so the scheme of the next challenge: that needs a comma before it.
                _position = separators;
                return _text.AsSpan(separators).TrimStart(" \t") is [',', ..];
            }

            _position++;
            SkipSpace();
            // A parameter may occur once only (RFC 9110, 11.2); which of two would count is a matter of taste.
            if (!TryReadValue(out string? value) || !parameters.TryAdd(name, value))
                return false;

            SkipSpace();
            if (!AtEnd && _text[_position] != ',')
                return false;
        }
    }

    private bool TryReadValue([NotNullWhen(true)] out string? value)
    {
        if (!AtEnd && _text[_position] == '"')
            return TryReadQuoted(out value);

        value = ReadWhile(s_token);
        return value.Length > 0;
    }

    private bool TryReadQuoted([NotNullWhen(true)] out string? value)
    {
        value = null;
        var text = new StringBuilder();
        for (_position++; !AtEnd; _position++)
        {
            char current = _text[_position];
            if (current == '"')
            {
                _position++;
                value = text.ToString();
                return true;
            }

            if (current == '\\')
            {
                _position++;
                if (AtEnd)
                    return false;
                current = _text[_position];
            }

            if (char.IsControl(current) && current != '\t')
                return false;
            text.Append(current);
        }

        return false;
    }

    private string ReadWhile(SearchValues<char> allowed)
    {
        int start = _position;
        int length = _text.AsSpan(start).IndexOfAnyExcept(allowed);
        _position = length < 0 ? _text.Length : start + length;
        return _text[start.._position];
    }

    private void SkipSpace()
    {
        while (!AtEnd && _text[_position] is ' ' or '\t')
            _position++;
    }

    private void SkipListSeparators()
    {
        while (!AtEnd && _text[_position] is ' ' or '\t' or ',')
            _position++;
    }
}
