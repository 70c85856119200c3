using System.Text.RegularExpressions;

namespace OciTools.Reliability.Fuzz.Targets;

internal sealed partial class DigestTarget : TextTarget
{
    public override string Name => "digests";

    public override IReadOnlyList<string> Tokens => ["sha256", "sha512", ":", "md5:", "/", "..", "A", "\n", " "];

    protected override IReadOnlyList<string> Texts =>
        [Digest.Compute([]).ToString(), Digest.Compute([], Digest.Sha512).ToString()];

    public override bool IsDocumented(Exception exception) => exception is FormatException;

    protected override void Run(string text)
    {
        bool isDigest = Digest.TryParse(text, out _);
        if (isDigest != Form().IsMatch(text))
            throw new FuzzFailure($"it is {(isDigest ? "taken" : "refused")}");
        _ = Digest.Parse(text);
    }

    /// <summary>The registered algorithms (image specification 1.1, descriptor.md, "Digests").</summary>
    [GeneratedRegex(@"\A(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\z")]
    private static partial Regex Form();
}
