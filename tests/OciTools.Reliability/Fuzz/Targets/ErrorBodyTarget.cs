using OciTools.Registry;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>The body of an error answer.</summary>
internal sealed class ErrorBodyTarget : FuzzTarget
{
    public override string Name => "errors";

    public override IReadOnlyList<byte[]> Seeds =>
    [
        """{"errors":[{"code":"DENIED","message":"no\u001b[31m","detail":{"a":[1]}}]}"""u8.ToArray(),
        """{"error":"invalid_grant","error_description":"\ud83d\ude00"}"""u8.ToArray(),
        "<html>502</html>"u8.ToArray(),
    ];

    public override IReadOnlyList<string> Tokens => JsonPieces.All;

    public override bool IsDocumented(Exception exception) => false;

    public override Task RunAsync(byte[] input)
    {
        foreach (RegistryError error in RegistryErrors.Parse(input))
        {
            if (error.ToString().Any(char.IsControl))
                throw new FuzzFailure("a control character reaches the console");
        }

        return Task.CompletedTask;
    }
}
