using OciTools.Registry;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>The header that leads to the next page of a list.</summary>
internal sealed class LinkTarget : TextTarget
{
    private static readonly Uri s_first = new("https://registry.example/v2/a/tags/list?n=10");

    public override string Name => "links";

    public override IReadOnlyList<string> Tokens =>
    [
        "<", ">", ";", "rel=", "\"next\"", "next", "https://registry.example", "https://other.example", "//", "/v2/",
        "..", "?n=1", "%", "\\", "@", ":", "[", "#",
    ];

    protected override IReadOnlyList<string> Texts =>
    [
        "</v2/a/tags/list?n=10&last=x>; rel=\"next\"",
        "<https://registry.example/v2/a/tags/list?last=y>; title=a; rel=next",
        "<https://other.example/v2/a/tags/list>; rel=\"next\"",
    ];

    protected override void Run(string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, s_first);
        using var response = new HttpResponseMessage { RequestMessage = request };
        response.Headers.TryAddWithoutValidation("Link", text.Split('\n'));
        var answer = new RegistryAnswer(response, default, isTruncated: false);
        if (new Pages(s_first).Next(answer) is { } next && next.Authority != s_first.Authority)
            throw new FuzzFailure($"it leads to {next}");
    }
}
