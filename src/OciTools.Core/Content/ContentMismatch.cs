using System.Globalization;

namespace OciTools;

/// <summary>The errors for content that is not what its descriptor promises.</summary>
internal static class ContentMismatch
{
    private const string Advice = "Try again; if it stays so, the content is damaged where it comes from.";

    public static OciException OfSize(Descriptor descriptor, long actual) => OfSize(
        descriptor,
        string.Create(CultureInfo.InvariantCulture, $"has {actual} bytes instead of {descriptor.Size}"));

    public static OciException Exceeded(Descriptor descriptor) => OfSize(
        descriptor,
        string.Create(CultureInfo.InvariantCulture, $"has more than its {descriptor.Size} bytes"));

    public static OciException OfDigest(Descriptor descriptor, Digest actual) => new(
        OciErrorCode.ContentMismatch, Say(descriptor, $"has the digest {actual} instead"), descriptor);

    /// <summary>Refuses content that has another size or digest than its descriptor.</summary>
    public static void Check(Descriptor descriptor, long size, Digest digest)
    {
        if (size != descriptor.Size)
            throw OfSize(descriptor, size);
        if (!digest.Equals(descriptor.Digest))
            throw OfDigest(descriptor, digest);
    }

    private static SizeMismatchException OfSize(Descriptor descriptor, string what) =>
        new(Say(descriptor, what), descriptor);

    private static string Say(Descriptor descriptor, string what) =>
        $"The content {descriptor.Digest} {what}. {Advice}";
}
