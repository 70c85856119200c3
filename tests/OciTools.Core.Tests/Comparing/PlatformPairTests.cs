using OciTools.Comparing;

namespace OciTools.Tests.Comparing;

public sealed class PlatformPairTests
{
    [Fact]
    public void Platforms_are_matched_by_what_they_mean()
    {
        Assert.Equal(
            ["linux/amd64 + linux/amd64", "linux/arm64/v8 + linux/arm64", "linux/s390x + ", " + linux/386"],
            Match(["linux/amd64", "linux/arm64/v8", "linux/s390x"], ["linux/arm64", "linux/386", "linux/amd64"]));
    }

    [Fact]
    public void Updates_of_windows_are_matched_by_build()
    {
        Assert.Equal(
            ["10.0.17763.1 + 10.0.17763.2", "10.0.20348.1 + 10.0.20348.2"],
            PlatformPair.Match([Windows("10.0.17763.1"), Windows("10.0.20348.1")],
                [Windows("10.0.20348.2"), Windows("10.0.17763.2")])
                .Select(pair => $"{pair.Reference!.Platform!.OsVersion} + {pair.Difference!.Platform!.OsVersion}"));
    }

    [Fact]
    public void Two_single_images_are_compared_whatever_they_run_on() =>
        Assert.Equal(["linux/amd64 + linux/arm64"], Match(["linux/amd64"], ["linux/arm64"]));

    private static IEnumerable<string> Match(string[] left, string[] right) =>
        PlatformPair.Match(
            [.. left.Select(text => On(Platform.Parse(text)))], [.. right.Select(text => On(Platform.Parse(text)))])
            .Select(pair => $"{pair.Reference?.Platform} + {pair.Difference?.Platform}");

    private static OciManifest Windows(string version) =>
        On(new Platform { Os = "windows", Architecture = "amd64", OsVersion = version });

    private static OciManifest On(Platform platform) => new()
    {
        Reference = ImageReference.Parse("example.com/app"),
        Platform = platform,
        Descriptor = new Descriptor
        {
            MediaType = MediaTypes.OciManifest, Digest = Digest.Compute([]), Size = 0, Platform = platform,
        },
    };
}
