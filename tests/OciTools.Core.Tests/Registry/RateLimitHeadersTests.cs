using System.Net.Http.Headers;
using OciTools.Registry;

namespace OciTools.Tests.Registry;

public sealed class RateLimitHeadersTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Reads_what_Docker_Hub_sends()
    {
        OciRateLimit found = Read(
            "ratelimit-limit: 100;w=21600", "ratelimit-remaining: 76;w=21600", "docker-ratelimit-source: 192.0.2.1")!;
        Assert.Equal("registry.example", found.Registry);
        Assert.Equal(100, found.Limit);
        Assert.Equal(76, found.Remaining);
        Assert.Equal(TimeSpan.FromHours(6), found.Window);
        Assert.Null(found.ResetsAt);
        Assert.Equal("192.0.2.1", found.Source);
        Assert.Equal(s_now, found.ObservedAt);
        Assert.Equal("76 of 100 requests left", found.ToString());
    }

    [Theory]
    [InlineData(50, 30, 60, "RateLimit-Limit: 100, 100;w=60;burst=5", "RateLimit-Remaining: 50", "RateLimit-Reset: 30")]
    [InlineData(50, 30, 60, "RateLimit: limit=100, remaining=50, reset=30", "RateLimit-Policy: 100;w=60")]
    [InlineData(50, 30, 60, "RateLimit: \"day\";r=50;t=30", "RateLimit-Policy: \"day\";q=100;w=60")]
    [InlineData(0, 2, 1, "RateLimit: \"day\";r=50;t=30, \"burst\";r=0;t=2",
        "RateLimit-Policy: \"day\";q=9;w=60, \"burst\";q=100;w=1")]
    [InlineData(50, 30, null, "X-RateLimit-Limit: 100", "X-RateLimit-Remaining: 50", "X-RateLimit-Reset: 1893456030")]
    [InlineData(50, 30, null, "x-ratelimit-limit: 100", "x-ratelimit-remaining: 50", "x-ratelimit-reset: 30")]
    public void Reads_the_forms_of_others(int remaining, int secondsToReset, int? window, params string[] headers)
    {
        OciRateLimit found = Read(headers)!;
        Assert.Equal(100, found.Limit);
        Assert.Equal(remaining, found.Remaining);
        Assert.Equal(s_now.AddSeconds(secondsToReset), found.ResetsAt);
        Assert.Equal(window, (int?)found.Window?.TotalSeconds);
    }

    [Theory]
    [InlineData("RateLimit-Limit: 100")]
    [InlineData("RateLimit-Remaining: ")]
    [InlineData("RateLimit-Remaining: -5")]
    [InlineData("RateLimit-Remaining: 99999999999999999999999")]
    [InlineData("RateLimit-Remaining: many;w=5")]
    [InlineData("RateLimit: ;;;,,,===;r=;r=x")]
    [InlineData("RateLimit: remaining=")]
    public void Makes_nothing_of_nonsense(string header) => Assert.Null(Read(header));

    [Fact]
    public void Leaves_out_what_is_absurd_and_keeps_the_rest()
    {
        OciRateLimit found = Read(
            "RateLimit-Limit: 1e9;w=99999999999999",
            "RateLimit-Remaining: 5",
            "RateLimit-Reset: 9223372036854775807",
            "Docker-RateLimit-Source: \u001b[31mred")!;
        Assert.Equal(5, found.Remaining);
        Assert.Null(found.Limit);
        Assert.Null(found.Window);
        Assert.Null(found.ResetsAt);
        Assert.DoesNotContain('\u001b', found.Source!);
    }

    [Fact]
    public void Does_not_read_what_is_too_long() =>
        Assert.Null(Read($"RateLimit-Remaining: 5{new string(',', 5000)}"));

    private static OciRateLimit? Read(params string[] headers)
    {
        using var response = new HttpResponseMessage();
        foreach (string header in headers)
        {
            string[] parts = header.Split(": ", 2);
            response.Headers.TryAddWithoutValidation(parts[0], parts[1]);
        }

        HttpResponseHeaders given = response.Headers;
        return RateLimitHeaders.Read(given, "registry.example", s_now);
    }
}
