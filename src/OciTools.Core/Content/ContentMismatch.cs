using System.Globalization;

namespace OciTools;

/// <summary>The errors for content that is not what its descriptor promises.</summary>
internal static class ContentMismatch
{
    private const string Advice = "Try again; if it stays so, the content is damaged where it comes from.";

    public static OciException OfSize(Descriptor descriptor, long actual) => Make(
        descriptor,
        string.Create(CultureInfo.InvariantCulture, $"has {actual} bytes instead of {descriptor.Size}"),
        isSize: true);

    public static OciException Exceeded(Descriptor descriptor) => Make(
        descriptor,
        string.Create(CultureInfo.InvariantCulture, $"has more than its {descriptor.Size} bytes"),
        isSize: true);

    public static OciException OfDigest(Descriptor descriptor, Digest actual) =>
        Make(descriptor, $"has the digest {actual} instead");

    /// <summary>Refuses content that has another size or digest than its descriptor.</summary>
    public static void Check(Descriptor descriptor, long size, Digest digest)
    {
        if (size != descriptor.Size)
            throw OfSize(descriptor, size);
        if (!digest.Equals(descriptor.Digest))
            throw OfDigest(descriptor, digest);
    }

    private static OciException Make(Descriptor descriptor, string what, bool isSize = false) =>
        new(OciErrorCode.ContentMismatch, $"The content {descriptor.Digest} {what}. {Advice}", descriptor)
        {
            IsSizeMismatch = isSize,
        };
}
