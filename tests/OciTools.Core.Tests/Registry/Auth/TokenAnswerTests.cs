using System.Text;
using System.Text.Json;
using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class TokenAnswerTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("""{"token":"a"}""", "a")]
    [InlineData("""{"access_token":"a"}""", "a")]
    [InlineData("""{"token":"a","access_token":"b"}""", "a")]
    [InlineData("""{"token":"","access_token":"b"}""", "b")]
    [InlineData("""{"token":null,"access_token":"b"}""", "b")]
    [InlineData("""{"token":"a","other":{"deep":[1,2]}}""", "a")]
    public void The_token_is_in_either_member(string json, string token) => Assert.Equal(token, Parse(json).Token);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"a\"")]
    [InlineData("{}")]
    [InlineData("""{"token":1}""")]
    [InlineData("""{"token":"a","token":"b"}""")]
    [InlineData("""{"token":"a\r\nX-Evil: 1"}""")]
    [InlineData("""{"token":"a b"}""")]
    [InlineData("""{"token":"ü"}""")]
    [InlineData("<html>sign in</html>")]
    [InlineData("""{"token":"\ud800"}""")]
    [InlineData("""{"token":"a","\ud800":1}""")]
    public void What_holds_no_usable_token_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => Parse(json));

    [Theory]
    [InlineData("", 60)]
    [InlineData(""","expires_in":300""", 300)]
    [InlineData(""","expires_in":"300" """, 300)]
    [InlineData(""","expires_in":12.5""", 12.5)]
    [InlineData(""","expires_in":0""", 60)]
    [InlineData(""","expires_in":-5""", 60)]
    [InlineData(""","expires_in":null""", 60)]
    [InlineData(""","expires_in":"soon" """, 60)]
    [InlineData(""","expires_in":1e300""", 86400)]
    [InlineData(""","expires_in":300,"issued_at":"2030-01-01T12:00:00Z" """, 300)]
    [InlineData(""","expires_in":300,"issued_at":"2030-01-01T11:58:00Z" """, 180)]
    [InlineData(""","expires_in":300,"issued_at":"2030-01-01T13:58:00.5+02:00" """, 180.5)]
    [InlineData(""","expires_in":300,"issued_at":"2030-01-01T12:30:00Z" """, 300)]
    [InlineData(""","expires_in":300,"issued_at":"2029-01-01T12:00:00Z" """, 60)]
    [InlineData(""","expires_in":300,"issued_at":"yesterday" """, 300)]
    public void The_lifetime_counts_from_the_answer(string members, double seconds) =>
        Assert.Equal(seconds, Parse($$"""{"token":"a"{{members}}}""").Lifetime.TotalSeconds);

    private static TokenAnswer Parse(string json) => TokenAnswer.Parse(Encoding.UTF8.GetBytes(json), s_now);
}
