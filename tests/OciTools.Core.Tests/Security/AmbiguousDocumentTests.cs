using System.Text;

namespace OciTools.Tests.Security;

/// <summary>Documents that two programs would read in two ways.</summary>
public sealed class AmbiguousDocumentTests
{
    private static readonly string s_descriptor =
        $$"""{"mediaType":"a/b","digest":"{{Digest.Compute("x"u8)}}","size":1}""";

    [Theory]
    [InlineData("""{"schemaVersion":2,"config":@,"layers":[],"Layers":[@]}""")]
    [InlineData("""{"schemaVersion":2,"config":@,"CONFIG":@,"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"config":@,"layers":[],"layerſ":[@]}""")]
    [InlineData("""{"schemaVersion":2,"config":@,"layers":[],"subject":@,"Subject":@}""")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"%","Digest":"%","size":1},"layers":[]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[@],"Manifests":[]}""")]
    public void Members_that_differ_only_in_case_are_refused_CVE_2014_8179(string json) =>
        AssertRefused(json, null, "it has a member '");

    [Theory]
    [InlineData("""{"schemaVersion":2,"config":@,"layers":[],"layers":[@]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"\u006danifests":[@]}""")]
    public void Repeated_members_are_refused_CVE_2014_8179(string json) =>
        AssertRefused(json, null, "it repeats a member");

    [Theory]
    [InlineData("""{"schemaVersion":2,"config":@,"layers":[],"manifests":[@]}""")]
    [InlineData("""{"schemaVersion":2,"config":@,"layers":[],"Manifests":[@]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[@],"LAYERS":[@]}""")]
    public void A_manifest_that_is_an_index_too_is_refused_CVE_2021_41190(string json)
    {
        AssertRefused(json, null, " in one");
        AssertRefused(json, MediaTypes.OciManifest, " in one");
        AssertRefused(json, MediaTypes.OciIndex, " in one");
    }

    [Fact]
    public void A_media_type_other_than_was_announced_is_refused_CVE_2021_41190() => AssertRefused(
        $$"""{"schemaVersion":2,"mediaType":"{{MediaTypes.OciIndex}}","manifests":[]}""",
        MediaTypes.OciManifest,
        "it was announced as");

    [Fact]
    public void A_config_with_members_that_differ_only_in_case_is_refused()
    {
        RawDocument config = RawDocument.Create(
            """{"os":"linux","config":{"User":"nobody","user":"root"}}"""u8.ToArray(), MediaTypes.OciConfig);
        OciException error = Assert.Throws<OciException>(() => ImageConfig.Parse(config));
        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
    }

    [Fact]
    public void The_names_of_labels_and_annotations_are_the_publishers()
    {
        RawDocument config = RawDocument.Create(
            """{"os":"linux","config":{"Labels":{"a":"1","A":"2"}}}"""u8.ToArray(), MediaTypes.OciConfig);
        Assert.Equal(2, ImageConfig.Parse(config).Labels.Count);

        RawDocument index = RawDocument.Create(
            """{"schemaVersion":2,"manifests":[],"annotations":{"a":"1","A":"2"}}"""u8.ToArray(), MediaTypes.OciIndex);
        Assert.Equal(2, index.Index!.Annotations.Count);
    }

    private static void AssertRefused(string json, string? mediaType, string reason)
    {
        string text = json.Replace("@", s_descriptor, StringComparison.Ordinal)
            .Replace("%", Digest.Compute("x"u8).ToString(), StringComparison.Ordinal);
        OciException error = Assert.Throws<OciException>(
            () => RawDocument.Create(Encoding.UTF8.GetBytes(text), mediaType));
        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
