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

    [Theory]
    [InlineData(MediaTypes.OciManifest, "Application/Vnd.OCI.Image.Manifest.v1+JSON")]
    [InlineData("Application/Vnd.OCI.Image.Manifest.v1+JSON", MediaTypes.OciManifest)]
    [InlineData(null, "Application/Vnd.OCI.Image.Manifest.v1+JSON")]
    public void A_media_type_in_another_case_hides_no_layers_CVE_2021_41190(string? announced, string written)
    {
        string json = $$"""{"schemaVersion":2,"mediaType":"{{written}}","config":@,"layers":[@]}""";
        RawDocument document = RawDocument.Create(Fill(json), announced);
        Assert.Equal(MediaTypes.OciManifest, document.MediaType);
        Assert.Equal(2, document.Children.Count);
    }

    [Fact]
    public void A_config_with_members_that_differ_only_in_case_is_refused()
    {
        RawDocument config = RawDocument.Create(
            """{"os":"linux","config":{"User":"nobody","user":"root"}}"""u8.ToArray(), MediaTypes.OciConfig);
        OciException error = Assert.Throws<OciException>(() => ImageConfig.Parse(config));
        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
    }

    [Theory]
    [InlineData("Subject", "URLS", "Platform", "Entrypoint")]
    [InlineData("\u017fubject", "url\\u0053", "platForm", "entrypoint")]
    public void What_other_tools_see_in_any_case_is_not_hidden_here_CVE_2014_8179(
        string subject, string urls, string platform, string entrypoint)
    {
        RawDocument document = RawDocument.Create(
            Fill($$$"""
                {
                  "schemaVersion":2,"config":@,"layers":[],
                  "{{{subject}}}":{
                    "mediaType":"a/b","Digest":"%","size":1,"{{{urls}}}":["https://a/"],"{{{platform}}}":{"OS":"linux"}
                  }
                }
                """),
            MediaTypes.OciManifest);
        Assert.Equal("https://a/", Assert.Single(document.Subject!.Urls));
        Assert.Equal("linux", document.Subject.Platform!.Os);

        RawDocument config = RawDocument.Create(
            Fill($$$"""{"Config":{"{{{entrypoint}}}":["/evil"]}}"""), MediaTypes.OciConfig);
        Assert.Equal(["/evil"], ImageConfig.Parse(config).Entrypoint);
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"config":@,"Layers":[]}""", "'layers' is missing")]
    [InlineData("""{"schemaVersion":2,"Mediatype":"application/vnd.oci.image.index.v1+json","config":@,"layers":[]}""",
        "calls itself")]
    public void A_manifest_whose_parts_are_named_in_another_case_is_refused(string json, string reason) =>
        AssertRefused(json, MediaTypes.OciManifest, reason);

    [Theory]
    [InlineData("""{"schemaVersion":2,"Manifests":[]}""", "'manifests' is missing")]
    [InlineData("""{"schemaVersion":2,"Config":@,"Layers":[]}""", "'layers' is missing")]
    public void A_document_without_a_type_is_told_by_its_members_in_any_case(string json, string reason) =>
        AssertRefused(json, null, reason);

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
        OciException error = Assert.Throws<OciException>(() => RawDocument.Create(Fill(json), mediaType));
        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Fill(string json) => Encoding.UTF8.GetBytes(
        json.Replace("@", s_descriptor, StringComparison.Ordinal)
            .Replace("%", Digest.Compute("x"u8).ToString(), StringComparison.Ordinal));
}
