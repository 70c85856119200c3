using System.Globalization;
using System.Text.Json;

namespace OciTools.Registry.Auth;

/// <summary>What a token service answers ("Docker Registry v2 authentication", "Token Response Fields").</summary>
internal sealed class TokenAnswer
{
    // The specification's default, and what stands in for a lifetime that makes no sense.
    private static readonly TimeSpan s_defaultLifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_longestLifetime = TimeSpan.FromDays(1);

    private TokenAnswer()
    {
    }

    public required string Token { get; init; }

    /// <summary>The identity token that takes the place of the one sent, or null.</summary>
    public string? RefreshToken { get; private init; }

    /// <summary>How long the token is valid, counted from the answer.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>Reads the body of an answer.</summary>
    /// <param name="body">The body.</param>
    /// <param name="answeredAt">The service's clock when it answered (<c>Date</c>), or ours.</param>
    /// <exception cref="JsonException">It is not JSON, or has no token.</exception>
    public static TokenAnswer Parse(ReadOnlyMemory<byte> body, DateTimeOffset answeredAt)
    {
        try
        {
            return Read(body, answeredAt);
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("The answer is not valid Unicode text.", exception);
        }
    }

    private static TokenAnswer Read(ReadOnlyMemory<byte> body, DateTimeOffset answeredAt)
    {
        var options = new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false };
        using JsonDocument document = JsonDocument.Parse(body, options);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new JsonException("The answer is not a JSON object.");

        string? token = Text(root, "token") ?? Text(root, "access_token");
        // The token goes into a header as it is.
        if (token is null || token.Any(character => character is <= ' ' or > '~'))
            throw new JsonException("The answer holds no token.");

        return new TokenAnswer
        {
            Token = token,
            RefreshToken = Text(root, "refresh_token"),
            Lifetime = ReadLifetime(root, answeredAt),
        };
    }

    private static TimeSpan ReadLifetime(JsonElement root, DateTimeOffset answeredAt)
    {
        double seconds = ReadSeconds(root);
        TimeSpan lifetime = seconds > 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, s_longestLifetime.TotalSeconds))
            : s_defaultLifetime;

        // A service may hand out a token that it made some time ago.
        if (DateTimeOffset.TryParse(Text(root, "issued_at"), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out DateTimeOffset issuedAt) && issuedAt < answeredAt)
        {
            TimeSpan rest = lifetime - (answeredAt - issuedAt);
            return rest > TimeSpan.Zero ? rest : s_defaultLifetime;
        }

        return lifetime;
    }

    // Some services write the number as text.
    private static double ReadSeconds(JsonElement root)
    {
        if (!root.TryGetProperty("expires_in", out JsonElement value))
            return 0;
        if (value.ValueKind == JsonValueKind.Number)
            return value.GetDouble();
        string? text = Text(root, "expires_in");
        return double.TryParse(text, CultureInfo.InvariantCulture, out double seconds) ? seconds : 0;
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
