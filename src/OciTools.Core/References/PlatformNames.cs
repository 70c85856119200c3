namespace OciTools;

/// <summary>
/// The names of operating systems, architectures and variants, and which of them mean the same (containerd).
/// </summary>
internal static class PlatformNames
{
    public static bool IsKnownOs(string os) => os is "aix" or "android" or "darwin" or "dragonfly" or "freebsd"
        or "hurd" or "illumos" or "ios" or "js" or "linux" or "nacl" or "netbsd" or "openbsd" or "plan9" or "solaris"
        or "wasip1" or "windows" or "zos";

    public static bool IsKnownArchitecture(string architecture) => architecture is "386" or "amd64" or "amd64p32"
        or "arm" or "armbe" or "arm64" or "arm64be" or "loong64" or "mips" or "mipsle" or "mips64" or "mips64le"
        or "mips64p32" or "mips64p32le" or "ppc" or "ppc64" or "ppc64le" or "riscv" or "riscv64" or "s390" or "s390x"
        or "sparc" or "sparc64" or "wasm";

    /// <summary>The one form that stands for all equal platforms.</summary>
    public static Platform Normalize(Platform platform)
    {
        (string architecture, string? variant) = TranslateArchitecture(platform.Architecture, platform.Variant);
        return new Platform
        {
            Os = TranslateOs(platform.Os),
            Architecture = architecture,
            Variant = (architecture, variant) switch
            {
                ("386", _) or ("amd64", "v1") or ("arm64", "v8" or "v8.0") => null,
                ("arm64", "v9.0") => "v9",
                ("arm", null) => "v7",
                _ => variant,
            },
            OsVersion = string.IsNullOrEmpty(platform.OsVersion) ? null : platform.OsVersion,
            OsFeatures = platform.OsFeatures.Count == 0
                ? []
                : [.. platform.OsFeatures.Where(name => name.Length > 0).Distinct().Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>The usual name for other names of an operating system.</summary>
    public static string TranslateOs(string os) => os.ToLowerInvariant() switch
    {
        "macos" => "darwin",
        string lower => lower,
    };

    /// <summary>
    /// The usual names for other names of an architecture and its variant; what is not said stays unsaid.
    /// </summary>
    public static (string Architecture, string? Variant) TranslateArchitecture(string architecture, string? variant)
    {
        string? lower = string.IsNullOrEmpty(variant) ? null : variant.ToLowerInvariant();
        return architecture.ToLowerInvariant() switch
        {
            "i386" or "i686" => ("386", null),
            "x86_64" or "x86-64" => ("amd64", lower),
            "aarch64" or "arm64" => ("arm64", WithV(lower)),
            "armhf" => ("arm", "v7"),
            "armel" => ("arm", "v6"),
            "arm" => ("arm", WithV(lower)),
            string other => (other, lower),
        };
    }

    private static string? WithV(string? variant) =>
        variant?.Length > 0 && char.IsAsciiDigit(variant[0]) ? $"v{variant}" : variant;
}
