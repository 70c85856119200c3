namespace OciTools.Reliability.Fuzz.Targets;

internal sealed class ReferenceTarget : TextTarget
{
    private const string Hex = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    public override string Name => "references";

    public override IReadOnlyList<string> Tokens =>
    [
        ":", "/", "@", "//", "..", "[", "]", "::1", "sha256:", $"@sha256:{Hex}", "oci:", "oci-archive:",
        "docker-archive:", "docker://", "https://", "localhost", "docker.io/", "library/", ":latest", ":5000", "_",
        "__", "-", ".", "\\", "%2e", " ", "\0", "\u202e", "é", "A", "xn--",
    ];

    protected override IReadOnlyList<string> Texts =>
    [
        "nginx", "nginx:1.27", $"ghcr.io/org/app@sha256:{Hex}", $"localhost:5000/a/b-c/d.e:v1@sha256:{Hex}",
        "[::1]:5000/app:x", "oci:folder:latest", "oci-archive:/tmp/a b.tar:name", "docker-archive:x.tar:app:v1",
        "docker.io/library/alpine", "registry.example.com:443/x__y/z_1",
    ];

    public override bool IsDocumented(Exception exception) => exception is FormatException;

    protected override void Run(string text)
    {
        bool isReference = ImageReference.TryParse(text, out ImageReference? tried);
        var reference = ImageReference.Parse(text);
        if (!isReference || !reference.Equals(tried))
            throw new FuzzFailure("Parse and TryParse disagree");
        if (!ImageReference.TryParse(reference.ToString(), out ImageReference? again) || !again.Equals(reference))
            throw new FuzzFailure($"{reference} is not read as what it was written from");
    }
}
