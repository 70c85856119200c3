using System.Globalization;
using System.Text;

namespace OciTools.Tests.References;

public sealed class PlatformSelectorTests
{
    private static readonly ImageReference s_about = ImageReference.Parse("ghcr.io/owner/app:1");

    [Theory]
    [InlineData("linux/amd64", "linux/amd64 linux/386", "linux/amd64/v2 linux/arm/v7 linux/arm64 windows/amd64")]
    [InlineData("linux/amd64/v2", "linux/amd64 linux/amd64/v1 linux/amd64/v2 linux/386",
        "linux/amd64/v3 linux/amd64/v4 linux/arm/v7 linux/arm64 windows/amd64")]
    [InlineData("linux/386", "linux/386", "linux/amd64 linux/arm/v7 linux/arm64 windows/amd64")]
    [InlineData("windows/amd64", "windows/amd64 windows(10.0.17763)/amd64",
        "linux/amd64 linux/arm/v7 linux/arm64 windows/arm")]
    [InlineData("linux/arm/v8", "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8",
        "linux/amd64 linux/arm/v4 linux/arm64 windows/amd64 windows/arm")]
    [InlineData("linux/arm/v7", "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7",
        "linux/amd64 linux/arm/v4 linux/arm/v8 linux/arm64 windows/arm")]
    [InlineData("linux/arm/v6", "linux/arm/v5 linux/arm/v6", "linux/arm linux/arm/v4 linux/arm/v7 linux/arm64")]
    [InlineData("linux/arm/v5", "linux/arm/v5", "linux/arm linux/arm/v4 linux/arm/v6 linux/arm/v7 linux/arm/v8")]
    [InlineData("linux/arm/v4", "linux/arm/v4", "linux/arm linux/arm/v5 linux/arm/v6 linux/arm64")]
    [InlineData("linux/arm64/v9",
        "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 linux/arm64/v8 linux/arm64/v8.1 "
        + "linux/arm64/v8.4 linux/arm64/v8.5 linux/arm64/v9 linux/arm64/v9.0",
        "linux/amd64 linux/arm/v4 windows/arm linux/arm64/v8.6 linux/arm64/v9.1")]
    [InlineData("linux/arm64/v9.2", "linux/arm64/v9.1 linux/arm64/v9 linux/arm64/v8.7 linux/arm64 linux/arm/v7",
        "linux/arm64/v9.3 linux/arm64/v8.8")]
    [InlineData("linux/arm64/v8.1",
        "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 linux/arm64/v8 linux/arm64/v8.1",
        "linux/amd64 linux/arm/v4 linux/arm/v9 linux/arm64/v8.2 linux/arm64/v9")]
    [InlineData("linux/arm64",
        "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8 linux/arm64 linux/arm64/v8",
        "linux/amd64 linux/arm/v4 linux/arm/v9 linux/arm64/v9 windows/arm")]
    [InlineData("linux/s390x", "linux/s390x", "linux/s390 linux/amd64")]
    [InlineData("windows(10.0.20348)/amd64",
        "windows(10.0.20348)/amd64 windows(10.0.20348.2402)/amd64 windows/amd64",
        "windows(10.0.203)/amd64 windows(10.0.17763.1)/amd64 windows(10.0.203480)/amd64 linux/amd64")]
    [InlineData("windows(10.0.20348.1)/amd64", "windows(10.0.20348.2402)/amd64 windows/amd64",
        "windows(10.0.17763.1)/amd64")]
    [InlineData("linux(+gpu+simd)/amd64", "linux/amd64 linux(+gpu)/amd64 linux(+simd+gpu)/amd64", "linux(+tpu)/amd64")]
    [InlineData("linux/amd64", "linux/amd64", "linux(+gpu)/amd64")]
    [InlineData("linux(6.1)/amd64", "linux(5.0)/amd64 linux/amd64", "linux(+gpu)/amd64")]
    public void A_platform_accepts_what_runs_on_it(string wanted, string accepted, string refused)
    {
        var selector = new PlatformSelector(Platform.Parse(wanted));

        Assert.All(accepted.Split(' '), text => Assert.True(selector.Matches(Platform.Parse(text)), text));
        Assert.All(refused.Split(' '), text => Assert.False(selector.Matches(Platform.Parse(text)), text));
        Assert.False(selector.Matches(null));
    }

    [Theory]
    [InlineData("linux/arm/v7", "linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm64", "linux/arm/v7")]
    [InlineData("linux/arm/v7", "linux/arm/v5 linux/arm/v6 linux/arm64", "linux/arm/v6")]
    [InlineData("linux/arm", "linux/arm/v6 linux/arm/v7", "linux/arm/v7")]
    [InlineData("linux/amd64", "linux/386 linux/amd64", "linux/amd64")]
    [InlineData("linux/amd64", "linux/386 linux/arm64", "linux/386")]
    [InlineData("linux/amd64/v3", "linux/386 linux/amd64 linux/amd64/v2 linux/amd64/v4", "linux/amd64/v2")]
    [InlineData("linux/arm64", "linux/arm/v7 linux/arm/v8 linux/amd64", "linux/arm/v8")]
    [InlineData("linux/arm64", "linux/arm/v7 linux/arm64/v8", "linux/arm64/v8")]
    [InlineData("linux/arm64/v9.1", "linux/arm64/v8.6 linux/arm64/v9 linux/arm64", "linux/arm64/v9")]
    [InlineData("linux/arm64/v9.1", "linux/arm64 linux/arm64/v8.6", "linux/arm64/v8.6")]
    [InlineData("windows/amd64", "windows(10.0.17763.5)/amd64 windows(10.0.20348.1)/amd64 windows/amd64",
        "windows(10.0.20348.1)/amd64")]
    [InlineData("windows(10.0.20348)/amd64",
        "windows/amd64 windows(10.0.20348.9)/amd64 windows(10.0.20348.10)/amd64 windows(10.0.26100.1)/amd64",
        "windows(10.0.20348.10)/amd64")]
    [InlineData("windows(10.0.20348.9)/amd64",
        "windows(10.0.20348.10)/amd64 windows(10.0.20348.9)/amd64", "windows(10.0.20348.9)/amd64")]
    [InlineData("windows(10.0.20348)/amd64", "windows/amd64 windows(10.0.17763.1)/amd64", "windows/amd64")]
    public void The_best_child_is_chosen(string wanted, string there, string expected)
    {
        var selector = new PlatformSelector(Platform.Parse(wanted));

        IReadOnlyList<Descriptor> chosen = selector.Select(Children(there), s_about);

        Assert.Equal(expected, Assert.Single(chosen).Platform!.ToString());
    }

    [Fact]
    public void Choices_come_in_the_order_of_the_index_and_once()
    {
        var selector = new PlatformSelector(
            Platform.Parse("linux/s390x"), Platform.Parse("linux/arm64"), Platform.Parse("linux/arm64/v8"));

        IReadOnlyList<Descriptor> chosen = selector.Select(
            Children("linux/amd64 linux/arm64/v8 linux/386 linux/s390x"), s_about);

        Assert.Equal(["linux/arm64/v8", "linux/s390x"], chosen.Select(child => child.Platform!.ToString()));
    }

    [Fact]
    public void Of_equal_children_the_first_is_chosen()
    {
        IReadOnlyList<Descriptor> children = Children("linux/arm64 linux/amd64 linux/arm64/v8");

        var selector = new PlatformSelector(Platform.Parse("linux/arm64/v8"));

        Assert.Same(children[0], Assert.Single(selector.Select(children, s_about)));
    }

    [Fact]
    public void Attestations_are_not_chosen()
    {
        Descriptor marked = Child("linux/amd64", 1) with
        {
            Annotations = new Dictionary<string, string> { ["vnd.docker.reference.type"] = "attestation-manifest" },
        };
        Descriptor unknown = Child("unknown/unknown", 2);
        Descriptor image = Child("linux/amd64", 3);
        Descriptor[] children = [marked, unknown, image];

        Assert.True(marked.IsAttestation);
        Assert.True(unknown.IsAttestation);
        Assert.False(image.IsAttestation);

        var amd64 = new PlatformSelector(Platform.Parse("linux/amd64"));
        Assert.Same(image, Assert.Single(amd64.Select(children, s_about)));

        var selector = new PlatformSelector(Platform.Parse("unknown/unknown"));
        var exception = Assert.Throws<OciException>(() => selector.Select(children, s_about));
        Assert.EndsWith("Choose from linux/amd64.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_miss_lists_what_is_there()
    {
        var selector = new PlatformSelector(Platform.Parse("linux/amd64"), Platform.Parse("linux/riscv64"));

        var exception = Assert.Throws<OciException>(
            () => selector.Select(Children("linux/amd64 linux/arm64/v8 linux/arm64/v8"), s_about));

        Assert.Equal(OciErrorCode.PlatformNotFound, exception.Code);
        Assert.Same(s_about, exception.Target);
        Assert.Equal(
            "ghcr.io/owner/app:1 has no image for linux/riscv64. Choose from linux/amd64, linux/arm64/v8.",
            exception.Message);
    }

    [Fact]
    public void A_miss_lists_no_more_than_twenty()
    {
        string there = string.Join(' ', Enumerable.Range(0, 25).Select(i => $"linux/a{i}"));

        var exception = Assert.Throws<OciException>(
            () => new PlatformSelector(Platform.Parse("linux/amd64")).Select(Children(there), s_about));

        Assert.Contains("linux/a19 and 5 more.", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("linux/a20", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_miss_shows_hostile_names_safely()
    {
        Descriptor child = Child("linux/amd64", 1) with
        {
            Platform = new Platform { Os = "linux", Architecture = "\u001b[31m" },
        };

        var exception = Assert.Throws<OciException>(
            () => new PlatformSelector(Platform.Parse("linux/amd64")).Select([child], s_about));

        Assert.DoesNotContain('\u001b', exception.Message);
    }

    [Fact]
    public void An_index_without_platforms_says_so()
    {
        Descriptor child = Child("linux/amd64", 1) with { Platform = null };

        var exception = Assert.Throws<OciException>(
            () => new PlatformSelector(Platform.Parse("linux/amd64")).Select([child], s_about));

        Assert.Contains("states no platforms", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Something_must_be_wanted() => Assert.Throws<ArgumentException>(() => new PlatformSelector());

    private static IReadOnlyList<Descriptor> Children(string platforms) =>
        [.. platforms.Split(' ').Select(Child)];

    private static Descriptor Child(string platform, int number) => new()
    {
        MediaType = MediaTypes.OciManifest,
        Digest = Digest.Compute(Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture))),
        Size = 1,
        Platform = Platform.Parse(platform),
    };
}
