using OciTools.Registry.Auth;

namespace OciTools.Reliability.Fuzz.Targets;

internal sealed class ChallengeTarget : TextTarget
{
    public override string Name => "challenges";

    public override IReadOnlyList<string> Tokens =>
    [
        "Bearer ", "Basic", "realm=", "service=", "scope=", "error=", "\"", "\\\"", "\\", ",", " ", "\t", "=", "==",
        "https://a/token", "repository:a/b:pull", "\n",
    ];

    protected override IReadOnlyList<string> Texts =>
    [
        """Bearer realm="https://auth.example/token",service="registry",scope="repository:a/b:pull,push" """,
        """Basic realm="a \"quoted\" name", Bearer realm=x""",
        "Negotiate YWJj==, NTLM, Basic realm=plain",
        "Bearer realm=\"https://a\"\nBasic realm=\"b\"",
    ];

    public override bool IsDocumented(Exception exception) => false;

    protected override void Run(string text)
    {
        foreach (AuthChallenge challenge in AuthChallengeParser.Parse(text.Split('\n')))
            _ = (challenge.IsBasic, challenge.IsBearer, challenge.Service, challenge.Scope, challenge.Error);
    }
}
