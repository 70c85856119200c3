using System.Text;

namespace OciTools.Tests.Documents;

public sealed class ImageConfigTests
{
    [Fact]
    public void A_config_is_read_whole()
    {
        ImageConfig config = Parse("""
            {
              "created": "2024-01-02T03:04:05.123456789Z",
              "author": "Someone",
              "architecture": "arm64",
              "variant": "v8",
              "os": "windows",
              "os.version": "10.0.20348.1",
              "os.features": ["win32k"],
              "config": {
                "User": "65532:65532",
                "ExposedPorts": { "80/tcp": {}, "443/tcp": {} },
                "Env": ["PATH=/bin", "EMPTY="],
                "Entrypoint": ["/entry", "-x"],
                "Cmd": ["run"],
                "Shell": ["pwsh"],
                "Volumes": { "/data": {} },
                "WorkingDir": "/work",
                "Labels": { "org.opencontainers.image.source": "https://example.com" },
                "StopSignal": "SIGQUIT",
                "Healthcheck": {
                  "Test": ["CMD", "true"], "Interval": 30000000000, "Timeout": 1500000000, "StartPeriod": 0,
                  "Retries": 3
                },
                "OnBuild": null
              },
              "rootfs": {
                "type": "layers",
                "diff_ids": ["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
              },
              "history": [
                { "created": "2024-01-02T03:04:05+02:00", "created_by": "ADD \u001b", "author": "a", "comment": "c" },
                { "created_by": "ENV x", "empty_layer": true }
              ]
            }
            """);

        Assert.Equal(new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234568), config.Created);
        Assert.Equal("Someone", config.Author);
        Assert.Equal("arm64", config.Architecture);
        Assert.Equal("windows", config.Os);
        Assert.Equal("windows(10.0.20348.1+win32k)/arm64/v8", config.Platform!.ToString());
        Assert.Equal("65532:65532", config.User);
        Assert.Equal(["80/tcp", "443/tcp"], config.ExposedPorts);
        Assert.Equal(["PATH=/bin", "EMPTY="], config.Env);
        Assert.Equal(["/entry", "-x"], config.Entrypoint);
        Assert.Equal(["run"], config.Cmd);
        Assert.Equal(["pwsh"], config.Shell);
        Assert.Equal(["/data"], config.Volumes);
        Assert.Equal("/work", config.WorkingDir);
        Assert.Equal("https://example.com", config.Labels["org.opencontainers.image.source"]);
        Assert.Equal("SIGQUIT", config.StopSignal);
        Assert.Equal(["CMD", "true"], config.Healthcheck!.Test);
        Assert.Equal(TimeSpan.FromSeconds(30), config.Healthcheck.Interval);
        Assert.Equal(TimeSpan.FromSeconds(1.5), config.Healthcheck.Timeout);
        Assert.Null(config.Healthcheck.StartPeriod);
        Assert.Equal(3, config.Healthcheck.Retries);
        Assert.Equal(Digest.Compute([]), Assert.Single(config.DiffIds));
        Assert.Equal(2, config.History.Count);
        Assert.Equal(TimeSpan.FromHours(2), config.History[0].Created!.Value.Offset);
        Assert.Equal("ADD ?", config.History[0].ToString());
        Assert.Equal("a", config.History[0].Author);
        Assert.Equal("c", config.History[0].Comment);
        Assert.False(config.History[0].EmptyLayer);
        Assert.True(config.History[1].EmptyLayer);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"config":null,"rootfs":null,"history":null,"created":"","os":null}""")]
    public void An_empty_config_says_nothing(string text)
    {
        ImageConfig config = Parse(text);

        Assert.Null(config.Platform);
        Assert.Null(config.Os);
        Assert.Null(config.Created);
        Assert.Empty(config.Env);
        Assert.Empty(config.Labels);
        Assert.Empty(config.DiffIds);
        Assert.Empty(config.History);
        Assert.Null(config.Healthcheck);
    }

    [Theory]
    [InlineData("""{"created":"yesterday"}""", "'created' is not a date and time")]
    [InlineData("""{"config":[]}""", "'config' is not an object")]
    [InlineData("""{"config":{"Env":"A=1"}}""", "'config.Env' is not a list")]
    [InlineData("""{"config":{"Env":[1]}}""", "'config.Env[0]' is not a string")]
    [InlineData("""{"config":{"Labels":{"a":1}}}""", "'config.Labels.a' is not a string")]
    [InlineData("""{"config":{"Volumes":[]}}""", "'config.Volumes' is not an object")]
    [InlineData("""{"config":{"Healthcheck":{"Interval":"1s"}}}""", "'config.Healthcheck.Interval' is not a whole")]
    [InlineData("""{"rootfs":{"diff_ids":["sha256:x"]}}""", "'rootfs.diff_ids[0]' is not a digest")]
    [InlineData("""{"history":[1]}""", "'history[0]' is not an object")]
    [InlineData("""{"history":[{"empty_layer":"no"}]}""", "'history[0].empty_layer' is neither true nor false")]
    [InlineData("""{"os":7}""", "'os' is not a string")]
    public void A_bad_member_is_named_by_its_path(string text, string expected)
    {
        var exception = Assert.Throws<OciException>(() => Parse(text));

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.IsType<Descriptor>(exception.Target);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static ImageConfig Parse(string text) =>
        ImageConfig.Parse(RawDocument.Create(Encoding.UTF8.GetBytes(text), MediaTypes.OciConfig));
}
