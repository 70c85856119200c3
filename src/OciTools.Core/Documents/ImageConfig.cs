namespace OciTools;

/// <summary>The parsed config of an image.</summary>
public sealed record ImageConfig
{
    public Platform? Platform { get; init; }
    public static ImageConfig Parse(RawDocument document) => throw null!;
}
