namespace OciTools.Reliability.Chaos;

/// <summary>Something that looks whole and is not.</summary>
/// <param name="Digest">The content that is not as it should be.</param>
/// <param name="Text">What is the matter.</param>
internal sealed record Flaw(string Digest, string Text)
{
    public override string ToString() => Text;
}
