using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace OciTools;

/// <summary>
/// What an image runs on: operating system, architecture and variant, and sometimes the system's version.
/// </summary>
/// <remarks>
/// The members keep what a document says; comparison follows containerd's platforms package, so <c>linux/arm64</c>
/// equals <c>linux/arm64/v8</c>, and <c>linux/arm</c> equals <c>linux/arm/v7</c>. Platforms with different
/// <see cref="OsVersion"/> or <see cref="OsFeatures"/> are not equal.
/// </remarks>
public sealed class Platform : IEquatable<Platform>
{
    internal const string Unknown = "unknown";

    /// <summary>The operating system, as Go's <c>GOOS</c> names it: <c>linux</c>, <c>windows</c>.</summary>
    public required string Os { get; init; }

    /// <summary>The architecture, as Go's <c>GOARCH</c> names it: <c>amd64</c>, <c>arm64</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>The variant of the architecture: <c>v7</c>, <c>v8</c>.</summary>
    /// <value>Null when nothing is said.</value>
    public string? Variant { get; init; }

    /// <summary>The version of the operating system, in practice that of Windows: <c>10.0.20348.2402</c>.</summary>
    /// <value>Null when nothing is said.</value>
    public string? OsVersion { get; init; }

    /// <summary>The features that the operating system must have, for example <c>win32k</c>.</summary>
    /// <value>Empty when there are none.</value>
    public IReadOnlyList<string> OsFeatures { get; init; } = [];

    /// <summary>What a Linux container on this machine needs: <c>linux</c> and the machine's architecture.</summary>
    public static Platform Host { get; } = new()
    {
        Os = "linux",
        Architecture = RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "amd64",
            System.Runtime.InteropServices.Architecture.X86 => "386",
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            System.Runtime.InteropServices.Architecture.Armv6 => "arm",
            System.Runtime.InteropServices.Architecture.LoongArch64 => "loong64",
            System.Runtime.InteropServices.Architecture other => other.ToString().ToLowerInvariant(),
        },
        Variant = RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.Arm => "v7",
            System.Runtime.InteropServices.Architecture.Armv6 => "v6",
            _ => null,
        },
    };

    /// <summary>
    /// Whether nothing is said about what the content runs on: <c>unknown/unknown</c>, which marks attestations.
    /// </summary>
    public bool IsUnknown => Os == Unknown && Architecture == Unknown;

    /// <summary>Parses a platform as a person writes it, in any case.</summary>
    /// <param name="text">
    /// <c>os/architecture[/variant]</c>; the operating system may carry its version and features, as in
    /// <c>windows(10.0.20348+win32k)/amd64</c>. An architecture alone means <c>linux</c>, whatever this machine runs;
    /// an operating system alone means this machine's architecture. Other usual names such as <c>x86_64</c>,
    /// <c>aarch64</c>, <c>armhf</c> and <c>macos</c> are translated.
    /// </param>
    /// <exception cref="FormatException">The text is not a platform.</exception>
    public static Platform Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return PlatformParser.Parse(text, out string? reason)
            ?? throw new FormatException($"'{DisplayText.Sanitize(text)}' is not a platform: {reason}. "
                + "Write os/architecture[/variant], for example linux/arm64.");
    }

    /// <summary>Parses a platform as a person writes it, without throwing.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Platform? platform)
    {
        platform = text is null ? null : PlatformParser.Parse(text, out _);
        return platform is not null;
    }

    /// <inheritdoc/>
    public bool Equals(Platform? other)
    {
        if (other is null)
            return false;

        Platform mine = PlatformNames.Normalize(this);
        Platform its = PlatformNames.Normalize(other);
        return mine.Os == its.Os
            && mine.Architecture == its.Architecture
            && mine.Variant == its.Variant
            && mine.OsVersion == its.OsVersion
            && mine.OsFeatures.SequenceEqual(its.OsFeatures);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Platform);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        Platform normal = PlatformNames.Normalize(this);
        return HashCode.Combine(normal.Os, normal.Architecture, normal.Variant, normal.OsVersion);
    }

    /// <summary>
    /// The platform as <c>os/architecture[/variant]</c>, for example <c>linux/arm64/v8</c>; with a version of the
    /// system, <c>windows(10.0.20348.2402)/amd64</c>. <see cref="Parse"/> reads it back to an equal one.
    /// </summary>
    public override string ToString()
    {
        string options = PlatformParser.EscapeOption(OsVersion ?? "")
            + string.Concat(OsFeatures.Select(feature => $"+{PlatformParser.EscapeOption(feature)}"));
        string os = options.Length == 0 ? Os : $"{Os}({options})";
        string text = string.IsNullOrEmpty(Variant) ? $"{os}/{Architecture}" : $"{os}/{Architecture}/{Variant}";

        // The parts may come from a registry's document.
        return DisplayText.Sanitize(text);
    }
}
