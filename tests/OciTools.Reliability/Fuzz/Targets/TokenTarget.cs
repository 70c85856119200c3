using System.Text.Json;
using OciTools.Registry.Auth;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>The answer of a token service.</summary>
internal sealed class TokenTarget : FuzzTarget
{
    public override string Name => "tokens";

    public override IReadOnlyList<byte[]> Seeds =>
    [
        """{"token":"abc","expires_in":300,"issued_at":"2024-01-02T03:04:05Z"}"""u8.ToArray(),
        """{"access_token":"abc.def","refresh_token":"r","expires_in":"60"}"""u8.ToArray(),
    ];

    public override IReadOnlyList<string> Tokens =>
        [.. JsonPieces.All, "\"token\":", "\"expires_in\":", "\"issued_at\":", "9999-12-31T23:59:59Z", "1e308"];

    public override bool IsDocumented(Exception exception) => exception is JsonException;

    public override Task RunAsync(byte[] input)
    {
        var answer = TokenAnswer.Parse(input, DateTimeOffset.UnixEpoch);
        return answer.Lifetime > TimeSpan.Zero
            ? Task.CompletedTask
            : throw new FuzzFailure($"the lifetime is {answer.Lifetime}");
    }
}
