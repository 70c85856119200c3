using System.Diagnostics.CodeAnalysis;

namespace OciTools;

/// <summary>Names an image: where it is, and which one by tag or digest.</summary>
public sealed class ImageReference : IEquatable<ImageReference>
{
    public TransportKind Transport { get; }
    /// <summary>host[:port], e.g. docker.io; null unless Registry.</summary>
    public string? Registry { get; }
    /// <summary>library/nginx; null unless Registry.</summary>
    public string? Repository { get; }
    /// <summary>path of a layout or archive; null for Registry.</summary>
    public string? Path { get; }
    public string? Tag { get; }
    public Digest? Digest { get; }

    public static ImageReference Parse(string text) => throw null!;
    public static bool TryParse(string? text, [NotNullWhen(true)] out ImageReference? reference) => throw null!;
    public static ImageReference ForRegistry(string registry, string repository, string? tag = null, Digest? digest = null) => throw null!;
    public static ImageReference ForLayout(string path, string? tag = null, Digest? digest = null) => throw null!;
    /// same place, this tag, no digest
    public ImageReference WithTag(string tag) => throw null!;
    /// same place and tag, pinned to this digest
    public ImageReference WithDigest(Digest digest) => throw null!;
    /// the place alone, neither tag nor digest
    public ImageReference WithoutName() => throw null!;
    public bool Equals(ImageReference? other) => throw null!;
    public override bool Equals(object? obj) => Equals(obj as ImageReference);
    public override int GetHashCode() => throw null!;
}
