using System.Text.Json;
using OciTools.Registry.Auth;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>The credential files of docker and podman.</summary>
internal sealed class CredentialTarget : TextTarget
{
    public override string Name => "credentials";

    public override IReadOnlyList<string> Tokens =>
    [
        .. JsonPieces.All, "\"auths\":", "\"auth\":", "\"credHelpers\":", "\"credsStore\":", "https://", "/v1/", ":443",
    ];

    protected override IReadOnlyList<string> Texts =>
    [
        """{"auths":{"https://index.docker.io/v1/":{"auth":"YWxpY2U6c2VjcmV0"},"a.example:5000/b":{"auth":"eDp5"}}}""",
        """{"auths":{"b.example":{"identitytoken":"t"}},"credHelpers":{"c.example":"pass"},"credsStore":"desktop"}""",
    ];

    public override bool IsDocumented(Exception exception) => exception is JsonException;

    protected override void Run(string text)
    {
        var file = CredentialFile.Parse(text, "config.json");
        foreach (string host in file.Hosts)
        {
            _ = file.HelpersFor(host).Count();
            _ = file.EntriesFor(host, "a/b").Count();
        }
    }
}
