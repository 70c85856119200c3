using System.Globalization;
using System.Net.Http.Headers;

namespace OciTools.Registry;

/// <summary>
/// Reads what the headers of an answer say of a quota: <c>RateLimit-Limit</c> and its like with a window, as Docker Hub
/// sends them, or with a reset (IETF draft-ietf-httpapi-ratelimit-headers, up to 06); the same with <c>X-</c> before
/// it, as GitHub does; and <c>RateLimit</c> with <c>RateLimit-Policy</c> (from draft 07 on). What makes no sense is
/// left out.
/// </summary>
internal static class RateLimitHeaders
{
    private const int MaximumLength = 1024;

    // No quota is for longer: a larger number is a point in time, in seconds since 1970.
    private const long LongestPeriod = 366 * 24 * 60 * 60;

    /// <returns>Null when the answer does not say how much is left.</returns>
    public static OciRateLimit? Read(HttpResponseHeaders headers, string registry, DateTimeOffset now) =>
        ReadOne(headers, registry, now)
        ?? ReadSeveral(headers, "RateLimit", registry, now)
        ?? ReadSeveral(headers, "X-RateLimit", registry, now);

    private static OciRateLimit? ReadSeveral(
        HttpResponseHeaders headers, string prefix, string registry, DateTimeOffset now)
    {
        // "100;w=21600", "100" or "100, 100;w=60": the number that counts comes first.
        Dictionary<string, string>[] limits = Items(Text(headers, $"{prefix}-Limit"));
        Dictionary<string, string>[] remaining = Items(Text(headers, $"{prefix}-Remaining"));
        Dictionary<string, string>[] reset = Items(Text(headers, $"{prefix}-Reset"));
        return Number(remaining.FirstOrDefault(), "") is { } left
            ? new OciRateLimit
            {
                Registry = registry,
                Limit = Number(limits.FirstOrDefault(), ""),
                Remaining = left,
                Window = Seconds(limits.FirstOrDefault(item => item.ContainsKey("w")), "w"),
                ResetsAt = Reset(Number(reset.FirstOrDefault(), ""), now),
                Source = Text(headers, "Docker-RateLimit-Source") is { } source ? DisplayText.Sanitize(source) : null,
                ObservedAt = now,
            }
            : null;
    }

    private static OciRateLimit? ReadOne(HttpResponseHeaders headers, string registry, DateTimeOffset now)
    {
        // Draft 07 has one quota, "limit=100, remaining=50, reset=30", and its policy "100;w=60". Later ones have a
        // list, "burst";r=5;t=3, "day";r=50;t=3600, and policies of these names.
        string? text = Text(headers, "RateLimit");
        bool isDraft07 = text?.Contains("remaining=", StringComparison.Ordinal) == true;
        Dictionary<string, string>? scarcest = Items(isDraft07 ? text!.Replace(',', ';') : text)
            .Where(item => Left(item) is not null)
            .MinBy(Left);
        if (scarcest is null)
            return null;

        string? name = scarcest.GetValueOrDefault(isDraft07 ? "limit" : "");
        Dictionary<string, string>? policy = Items(Text(headers, "RateLimit-Policy"))
            .FirstOrDefault(item => item.GetValueOrDefault("") == name);
        return new OciRateLimit
        {
            Registry = registry,
            Limit = Number(scarcest, "limit") ?? Number(policy, "q"),
            Remaining = Left(scarcest)!.Value,
            Window = Seconds(policy, "w"),
            ResetsAt = Reset(Number(scarcest, "reset") ?? Number(scarcest, "t"), now),
            ObservedAt = now,
        };

        static long? Left(Dictionary<string, string> item) => Number(item, "remaining") ?? Number(item, "r");
    }

    private static string? Text(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out IEnumerable<string>? values)
        && string.Join(',', values) is { Length: <= MaximumLength } text
            ? text
            : null;

    /// <summary>The items of a list, each with its parameters by name, and under "" what has none.</summary>
    private static Dictionary<string, string>[] Items(string? list) =>
        [.. (list ?? "").Split(',').Select(item =>
        {
            var members = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (string member in item.Split(';', StringSplitOptions.TrimEntries))
            {
                int equals = member.IndexOf('=', StringComparison.Ordinal);
                string name = equals < 0 ? "" : member[..equals].TrimEnd();
                members.TryAdd(name, member[(equals + 1)..].Trim(' ', '"'));
            }

            return members;
        })];

    private static long? Number(Dictionary<string, string>? item, string name) =>
        item is not null
        && long.TryParse(
            item.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;

    private static TimeSpan? Seconds(Dictionary<string, string>? item, string name) =>
        Number(item, name) is <= LongestPeriod and { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static DateTimeOffset? Reset(long? value, DateTimeOffset now) => value switch
    {
        <= LongestPeriod => now.AddSeconds(value.Value),
        { } time when time <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() =>
            DateTimeOffset.FromUnixTimeSeconds(time),
        _ => null,
    };
}
