using System.Diagnostics.CodeAnalysis;

namespace OciTools;

/// <summary>os/architecture[/variant] with os.version and os.features.</summary>
public sealed class Platform : IEquatable<Platform>
{
    public required string Os { get; init; }
    public required string Architecture { get; init; }
    public string? Variant { get; init; }
    public string? OsVersion { get; init; }
    public IReadOnlyList<string> OsFeatures { get; init; } = [];

    public static Platform Parse(string text) => throw null!;
    public static bool TryParse(string? text, [NotNullWhen(true)] out Platform? platform) => throw null!;
    public bool Equals(Platform? other) => throw null!;
    public override bool Equals(object? obj) => Equals(obj as Platform);
    public override int GetHashCode() => throw null!;
}
