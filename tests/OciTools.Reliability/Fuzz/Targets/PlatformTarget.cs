namespace OciTools.Reliability.Fuzz.Targets;

internal sealed class PlatformTarget : TextTarget
{
    public override string Name => "platforms";

    public override IReadOnlyList<string> Tokens =>
        ["/", "linux", "windows", "amd64", "arm64", "arm", "v8", "v7", "(", ")", "+", ":", "10.0.20348", ",", "=", " "];

    protected override IReadOnlyList<string> Texts =>
    [
        "linux/arm64/v8", "linux/amd64", "windows(10.0.20348.2402)/amd64", "linux(+a+b)/arm/v7", "arm64", "linux",
        "windows/amd64:10.0.1",
    ];

    public override bool IsDocumented(Exception exception) => exception is FormatException;

    protected override void Run(string text)
    {
        var platform = Platform.Parse(text);
        if (!Platform.Parse(platform.ToString()).Equals(platform))
            throw new FuzzFailure($"{platform} is not read as what it was written from");
    }
}
