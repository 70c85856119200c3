namespace OciTools.Tests.References;

public sealed class PlatformTests
{
    [Theory]
    [InlineData("linux/amd64", "linux", "amd64", null, "linux/amd64")]
    [InlineData("linux/arm64", "linux", "arm64", null, "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux", "arm64", "v8", "linux/arm64/v8")]
    [InlineData("linux/arm64/8", "linux", "arm64", "v8", "linux/arm64/v8")]
    [InlineData("linux/arm64/v9.2", "linux", "arm64", "v9.2", "linux/arm64/v9.2")]
    [InlineData("linux/arm", "linux", "arm", null, "linux/arm")]
    [InlineData("linux/arm/v6", "linux", "arm", "v6", "linux/arm/v6")]
    [InlineData("linux/arm/7", "linux", "arm", "v7", "linux/arm/v7")]
    [InlineData("linux/arm/V7", "linux", "arm", "v7", "linux/arm/v7")]
    [InlineData("linux/amd64/v3", "linux", "amd64", "v3", "linux/amd64/v3")]
    [InlineData("Linux/x86_64", "linux", "amd64", null, "linux/amd64")]
    [InlineData("linux/x86-64", "linux", "amd64", null, "linux/amd64")]
    [InlineData("linux/i386", "linux", "386", null, "linux/386")]
    [InlineData("linux/i686", "linux", "386", null, "linux/386")]
    [InlineData("linux/aarch64", "linux", "arm64", null, "linux/arm64")]
    [InlineData("linux/armhf", "linux", "arm", "v7", "linux/arm/v7")]
    [InlineData("linux/armel", "linux", "arm", "v6", "linux/arm/v6")]
    [InlineData("linux/s390x", "linux", "s390x", null, "linux/s390x")]
    [InlineData("macos/arm64", "darwin", "arm64", null, "darwin/arm64")]
    [InlineData("windows/amd64", "windows", "amd64", null, "windows/amd64")]
    [InlineData("unknown/unknown", "unknown", "unknown", null, "unknown/unknown")]
    [InlineData("myos/myarch/my.variant_1-2", "myos", "myarch", "my.variant_1-2", "myos/myarch/my.variant_1-2")]
    [InlineData("wasip1/wasm", "wasip1", "wasm", null, "wasip1/wasm")]
    // An architecture alone
    [InlineData("arm", "linux", "arm", null, "linux/arm")]
    [InlineData("armel", "linux", "arm", "v6", "linux/arm/v6")]
    [InlineData("armhf", "linux", "arm", "v7", "linux/arm/v7")]
    [InlineData("Aarch64", "linux", "arm64", null, "linux/arm64")]
    [InlineData("x86_64", "linux", "amd64", null, "linux/amd64")]
    [InlineData("i386", "linux", "386", null, "linux/386")]
    [InlineData("s390x", "linux", "s390x", null, "linux/s390x")]
    [InlineData("riscv64", "linux", "riscv64", null, "linux/riscv64")]
    [InlineData("loong64", "linux", "loong64", null, "linux/loong64")]
    public void A_platform_is_taken_apart(string text, string os, string architecture, string? variant, string written)
    {
        Platform platform = Platform.Parse(text);

        Assert.Equal(os, platform.Os);
        Assert.Equal(architecture, platform.Architecture);
        Assert.Equal(variant, platform.Variant);
        Assert.Null(platform.OsVersion);
        Assert.Empty(platform.OsFeatures);
        Assert.Equal(written, platform.ToString());
        Assert.Equal(platform, Platform.Parse(written));
    }

    [Theory]
    [InlineData("linux", "linux")]
    [InlineData("macOS", "darwin")]
    [InlineData("windows", "windows")]
    [InlineData("windows()", "windows")]
    [InlineData("FreeBSD", "freebsd")]
    public void A_system_alone_means_this_machines_architecture(string text, string os)
    {
        Platform platform = Platform.Parse(text);

        Assert.Equal(os, platform.Os);
        Assert.Equal(Platform.Host.Architecture, platform.Architecture);
        Assert.Equal(Platform.Host.Variant, platform.Variant);
    }

    [Theory]
    [InlineData("windows(10.0.17763)/amd64", "10.0.17763", "", "windows(10.0.17763)/amd64")]
    [InlineData("windows(10.0.17763+win32k)/amd64", "10.0.17763", "win32k", "windows(10.0.17763+win32k)/amd64")]
    [InlineData("linux(+gpu)/amd64", null, "gpu", "linux(+gpu)/amd64")]
    [InlineData("linux(+gpu+simd)/arm64/v8", null, "gpu,simd", "linux(+gpu+simd)/arm64/v8")]
    [InlineData("linux(++gpu)/amd64", null, "gpu", "linux(+gpu)/amd64")]
    [InlineData("windows(10.0.17763%2Bbuild.42)/amd64", "10.0.17763+build.42", "",
        "windows(10.0.17763%2Bbuild.42)/amd64")]
    [InlineData("windows(10.0%2Bbuild+feat%2B1)/amd64", "10.0+build", "feat+1", "windows(10.0%2Bbuild+feat%2B1)/amd64")]
    [InlineData("windows(50%25done)/amd64", "50%done", "", "windows(50%25done)/amd64")]
    [InlineData("windows(1.0%28beta%29)/amd64", "1.0(beta)", "", "windows(1.0%28beta%29)/amd64")]
    [InlineData("windows(a%2Fb)/amd64", "a/b", "", "windows(a%2Fb)/amd64")]
    public void A_system_may_carry_version_and_features(string text, string? version, string features, string written)
    {
        Platform platform = Platform.Parse(text);

        Assert.Equal(version, platform.OsVersion);
        Assert.Equal(features, string.Join(',', platform.OsFeatures));
        Assert.Equal(written, platform.ToString());
        Assert.Equal(platform, Platform.Parse(written));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/linux/arm")]
    [InlineData("linux/arm/")]
    [InlineData("linux/")]
    [InlineData("linux /arm")]
    [InlineData("linux/&arm")]
    [InlineData("linux/arm/foo/bar")]
    [InlineData("*")]
    [InlineData("linux/*")]
    [InlineData("nonsense")]
    [InlineData("unknown")]
    [InlineData("windows(10.0/amd64")]
    [InlineData("windows(10.0)x/amd64")]
    [InlineData("windows(10 0)/amd64")]
    [InlineData("amd64(10.0)")]
    [InlineData("lin.ux/amd64")]
    public void What_is_no_platform_is_refused(string text)
    {
        var exception = Assert.Throws<FormatException>(() => Platform.Parse(text));

        Assert.StartsWith($"'{text}' is not a platform: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("for example linux/arm64", exception.Message, StringComparison.Ordinal);
        Assert.False(Platform.TryParse(text, out Platform? platform));
        Assert.Null(platform);
    }

    [Theory]
    [InlineData("linux/arm64", "linux", "aarch64", null)]
    [InlineData("linux/arm64", "linux", "aarch64", "v8")]
    [InlineData("linux/arm64", "linux", "arm64", "v8")]
    [InlineData("linux/arm64", "linux", "arm64", "8")]
    [InlineData("linux/arm64/v8", "linux", "arm64", "")]
    [InlineData("linux/arm64/v9", "linux", "arm64", "v9.0")]
    [InlineData("linux/arm", "linux", "arm", "v7")]
    [InlineData("linux/arm", "linux", "armhf", null)]
    [InlineData("linux/arm", "linux", "arm", "7")]
    [InlineData("linux/arm/v6", "linux", "armel", null)]
    [InlineData("linux/amd64", "Linux", "AMD64", "v1")]
    [InlineData("linux/386", "linux", "i386", "x")]
    [InlineData("darwin/amd64", "macos", "x86_64", null)]
    public void What_documents_write_differently_is_equal(string text, string os, string architecture, string? variant)
    {
        var written = new Platform { Os = os, Architecture = architecture, Variant = variant };

        Assert.Equal(Platform.Parse(text), written);
        Assert.Equal(Platform.Parse(text).GetHashCode(), written.GetHashCode());
    }

    [Theory]
    [InlineData("linux/amd64", "linux/386")]
    [InlineData("linux/amd64", "windows/amd64")]
    [InlineData("linux/amd64", "linux/amd64/v2")]
    [InlineData("linux/arm", "linux/arm/v6")]
    [InlineData("windows/amd64", "windows(10.0.17763)/amd64")]
    [InlineData("linux/amd64", "linux(+gpu)/amd64")]
    public void Other_platforms_are_not_equal(string one, string other)
    {
        Assert.NotEqual(Platform.Parse(one), Platform.Parse(other));
        Assert.False(Platform.Parse(one).Equals(null));
    }

    [Fact]
    public void The_order_of_features_does_not_count() =>
        Assert.Equal(Platform.Parse("linux(+b+a+b)/amd64"), Platform.Parse("linux(+a+b)/amd64"));

    [Fact]
    public void The_host_is_a_linux_platform_that_parses_back()
    {
        Assert.Equal("linux", Platform.Host.Os);
        Assert.Equal(Platform.Host, Platform.Parse(Platform.Host.ToString()));
    }

    [Fact]
    public void What_a_document_says_is_safe_to_show()
    {
        var hostile = new Platform { Os = "\u001b[2Jlinux", Architecture = "amd64\n" };

        Assert.Equal("?[2Jlinux/amd64?", hostile.ToString());
    }
}
