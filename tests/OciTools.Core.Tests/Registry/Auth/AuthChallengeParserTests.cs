using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class AuthChallengeParserTests
{
    // Expected: challenges with " | " between, each "Scheme" or "Scheme(token68)" or "Scheme{name=value;name=value}".
    [Theory]
    // One challenge.
    [InlineData("Basic", "Basic")]
    [InlineData("Basic realm=\"x\"", "Basic{realm=x}")]
    [InlineData("Basic realm=x", "Basic{realm=x}")]
    [InlineData("basic REALM=\"x\"", "basic{REALM=x}")]
    [InlineData("Bearer realm=\"https://a/token\",service=\"a\"", "Bearer{realm=https://a/token;service=a}")]
    [InlineData("Bearer realm=\"https://a\" , service=\"b\"", "Bearer{realm=https://a;service=b}")]
    [InlineData("Bearer realm = \"https://a\"", "Bearer{realm=https://a}")]
    [InlineData("Bearer\trealm\t=\t\"a\"", "Bearer{realm=a}")]
    [InlineData("Bearer   realm=a", "Bearer{realm=a}")]
    [InlineData("Bearer realm=a,", "Bearer{realm=a}")]
    [InlineData("Bearer realm=a,,service=b", "Bearer{realm=a;service=b}")]
    [InlineData(",, Bearer realm=a", "Bearer{realm=a}")]
    [InlineData("  Bearer realm=a  ", "Bearer{realm=a}")]
    [InlineData("Bearer realm=\"\"", "Bearer{realm=}")]
    [InlineData("X-Custom!#$%&'*+.^_`|~ a=b", "X-Custom!#$%&'*+.^_`|~{a=b}")]
    // Quoted strings.
    [InlineData("Bearer scope=\"repository:a/b:pull,push\",realm=r", "Bearer{scope=repository:a/b:pull,push;realm=r}")]
    [InlineData("Bearer scope=\"a b\"", "Bearer{scope=a b}")]
    [InlineData("Basic realm=\"say \\\"hi\\\"\"", "Basic{realm=say \"hi\"}")]
    [InlineData("Basic realm=\"back\\\\slash\"", "Basic{realm=back\\slash}")]
    [InlineData("Basic realm=\"\\a\\b\"", "Basic{realm=ab}")]
    [InlineData("Basic realm=\"a, Bearer realm=b\"", "Basic{realm=a, Bearer realm=b}")]
    [InlineData("Basic realm=\"a=b\"", "Basic{realm=a=b}")]
    [InlineData("Basic realm=\"ü\"", "Basic{realm=ü}")]
    [InlineData("Basic realm=\"tab\there\"", "Basic{realm=tab\there}")]
    // token68.
    [InlineData("Negotiate", "Negotiate")]
    [InlineData("Negotiate YWJj", "Negotiate(YWJj)")]
    [InlineData("Negotiate YWI=", "Negotiate(YWI=)")]
    [InlineData("Negotiate YQ==", "Negotiate(YQ==)")]
    [InlineData("Negotiate a-._~+/=", "Negotiate(a-._~+/=)")]
    [InlineData("Negotiate YQ== , Basic realm=x", "Negotiate(YQ==) | Basic{realm=x}")]
    // Several challenges in one header.
    [InlineData("Negotiate, NTLM", "Negotiate | NTLM")]
    [InlineData("Negotiate, Basic realm=x", "Negotiate | Basic{realm=x}")]
    [InlineData("Basic realm=\"x\", Bearer realm=\"y\"", "Basic{realm=x} | Bearer{realm=y}")]
    [InlineData("Basic realm=\"x\",Bearer realm=\"y\",service=z", "Basic{realm=x} | Bearer{realm=y;service=z}")]
    [InlineData("Bearer realm=a, , Basic realm=b, D c=d, e=f", "Bearer{realm=a} | Basic{realm=b} | D{c=d;e=f}")]
    [InlineData("New type=1, a=\"\\\"apps\\\"\", Basic realm=\"x\"", "New{type=1;a=\"apps\"} | Basic{realm=x}")]
    // Broken: what came before counts, and nothing after.
    [InlineData("", "")]
    [InlineData(",", "")]
    [InlineData("=", "")]
    [InlineData("\"Basic\"", "")]
    [InlineData("Basic=x", "")]
    [InlineData("Basic realm=\"x", "")]
    [InlineData("Basic realm=\"x\\", "")]
    [InlineData("Basic realm=\"x\" service=y", "")]
    [InlineData("Basic realm=\"x\"y", "")]
    [InlineData("Basic realm=\"a\u0001b\"", "")]
    [InlineData("Basic realm=\"a\\\u0007b\"", "")]
    [InlineData("Basic realm=,service=x", "Basic(realm=)")]
    [InlineData("Basic realm=https://x/y,service=z", "")]
    [InlineData("Basic =x", "")]
    [InlineData("Basic Bearer realm=x", "")]
    [InlineData("Bearer realm=a, realm=b", "")]
    [InlineData("Bearer realm=a, REALM=b", "")]
    [InlineData("Basic realm=x, Bearer realm=\"y", "Basic{realm=x}")]
    [InlineData("Basic realm=x, Bearer realm=y realm=z, Digest a=b", "Basic{realm=x}")]
    public void A_header_is_read_by_its_grammar(string header, string expected) =>
        Assert.Equal(expected, Show(AuthChallengeParser.Parse([header])));

    [Fact]
    public void Headers_are_read_one_by_one_so_that_a_broken_one_spoils_no_other() =>
        Assert.Equal(
            "Bearer{realm=a} | Basic{realm=c}",
            Show(AuthChallengeParser.Parse(["Bearer realm=a", "Basic realm=\"b", "Basic realm=c"])));

    [Fact]
    public void All_the_headers_of_an_answer_are_read()
    {
        using var response = new HttpResponseMessage();
        response.Headers.TryAddWithoutValidation("WWW-Authenticate", ["Basic realm=\"a\"", "Bearer realm=\"b\""]);
        Assert.Equal("Basic{realm=a} | Bearer{realm=b}", Show(AuthChallengeParser.Parse(response.Headers)));
    }

    [Fact]
    public void An_answer_without_the_header_has_no_challenges()
    {
        using var response = new HttpResponseMessage();
        Assert.Empty(AuthChallengeParser.Parse(response.Headers));
    }

    [Theory]
    [InlineData(AuthChallengeParser.MaximumLength, 1)]
    [InlineData(AuthChallengeParser.MaximumLength + 1, 0)]
    public void Headers_longer_than_the_limit_are_not_read(int length, int challenges)
    {
        const string Start = "Bearer realm=";
        string header = Start + new string('a', length - Start.Length);
        Assert.Equal(challenges, AuthChallengeParser.Parse([header]).Count);
    }

    [Fact]
    public void Schemes_and_parameters_know_no_case()
    {
        AuthChallenge challenge = AuthChallengeParser.Parse(["bEARER Realm=r, SERVICE=s, Scope=t, eRRor=u"]).Single();
        Assert.True(challenge.IsBearer);
        Assert.Equal(("r", "s", "t", "u"), (challenge.Realm, challenge.Service, challenge.Scope, challenge.Error));
    }

    [Fact]
    public void A_bearer_challenge_without_a_token_service_is_none() =>
        Assert.False(AuthChallengeParser.Parse(["Bearer service=s"]).Single().IsBearer);

    private static string Show(IEnumerable<AuthChallenge> challenges) => string.Join(" | ", challenges.Select(Show));

    private static string Show(AuthChallenge challenge)
    {
        if (challenge.Token68 is not null)
            return $"{challenge.Scheme}({challenge.Token68})";
        return challenge.Parameters.Count == 0
            ? challenge.Scheme
            : $"{challenge.Scheme}{{{string.Join(';', challenge.Parameters.Select(p => $"{p.Key}={p.Value}"))}}}";
    }
}
