using System.Text;
using OciTools.Testing;

namespace OciTools.Tests.Documents;

public sealed class RawDocumentTests
{
    private const string Hex = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
    private const string OfEmptyObject =
        "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    private const string Child =
        $$"""{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{Hex}}","size":7}""";
    private const string Config =
        $$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:{{Hex}}","size":7}""";

    private const string Manifest = $$"""{"schemaVersion":2,"config":{{Config}},"layers":[]}""";
    private const string Index = $$"""{"schemaVersion":2,"manifests":[{{Child}}]}""";

    private static readonly ImageReference s_about = ImageReference.Parse("ghcr.io/owner/app:1");

    [Fact]
    public void An_oci_manifest_is_read_whole()
    {
        const string Text = $$"""
            {
              "schemaVersion": 2,
              "mediaType": "application/vnd.oci.image.manifest.v1+json",
              "artifactType": "application/vnd.example+type",
              "config": {
                "mediaType": "application/vnd.oci.empty.v1+json",
                "digest": "{{OfEmptyObject}}",
                "size": 2,
                "data": "e30="
              },
              "layers": [
                {
                  "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                  "digest": "sha256:{{Hex}}",
                  "size": 35184372088832,
                  "urls": ["https://example.com/a", "https://example.com/b"],
                  "annotations": { "org.opencontainers.image.title": "a+b", "empty": null },
                  "artifactType": "x/y",
                  "unknown": [1, 2.50]
                }
              ],
              "subject": {
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "digest": "sha512:{{Hex}}{{Hex}}",
                "size": 0
              },
              "annotations": { "key": "value" },
              "extra": { "depth": { } }
            }
            """;
        RawDocument document = Create(Text, MediaTypes.OciManifest);

        ImageManifest manifest = document.Manifest!;
        Assert.Equal(MediaTypes.OciManifest, document.MediaType);
        Assert.Equal(MediaTypes.OciManifest, manifest.MediaType);
        Assert.Equal("application/vnd.example+type", manifest.ArtifactType);
        Assert.Equal(MediaTypes.OciEmpty, manifest.Config.MediaType);
        Assert.Equal("{}"u8.ToArray(), manifest.Config.Data!.Value.ToArray());
        Descriptor layer = Assert.Single(manifest.Layers);
        Assert.Equal(35184372088832, layer.Size);
        Assert.Equal("sha256:" + Hex, layer.Digest.ToString());
        Assert.Equal(["https://example.com/a", "https://example.com/b"], layer.Urls);
        Assert.Equal("a+b", layer.Annotations["org.opencontainers.image.title"]);
        Assert.Equal("", layer.Annotations["empty"]);
        Assert.Equal("x/y", layer.ArtifactType);
        Assert.Null(layer.Data);
        Assert.Equal("sha512", manifest.Subject!.Digest.Algorithm);
        Assert.Same(manifest.Subject, document.Subject);
        Assert.Equal("value", manifest.Annotations["key"]);
        Assert.Equal([manifest.Config, layer], document.Children);
        Assert.Null(document.Index);
    }

    [Fact]
    public void The_exact_bytes_are_kept()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(" " + Manifest + "\n\n");

        RawDocument document = RawDocument.Create(bytes, MediaTypes.OciManifest);

        Assert.Equal(bytes, document.Bytes.ToArray());
        Assert.Equal(bytes.Length, document.Size);
        Assert.Equal(Digest.Compute(bytes), document.Digest);
        Assert.Equal(document.Digest.ToString(), document.ToString());
    }

    [Fact]
    public void The_digest_may_be_sha512()
    {
        RawDocument document = RawDocument.Create(
            Encoding.UTF8.GetBytes(Manifest), null, algorithm: Digest.Sha512);

        Assert.Equal(Digest.Compute(Encoding.UTF8.GetBytes(Manifest), Digest.Sha512), document.Digest);
    }

    [Fact]
    public void An_index_is_read_with_its_platforms()
    {
        const string Text = $$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","artifactType":"a/b",
             "subject":{{Child}},"annotations":{"k":"v"},
             "manifests":[
              {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{Hex}}","size":1,
               "platform":{"architecture":"arm64","os":"linux","variant":"v8"} },
              {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{Hex}}","size":2,
               "platform":{"architecture":"amd64","os":"windows","os.version":"10.0.20348.1",
                           "os.features":["win32k"]} },
              {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{Hex}}","size":3,
               "platform":{} },
              {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:{{Hex}}","size":4,
               "platform":null}]}
            """;
        RawDocument document = Create(Text, MediaTypes.OciIndex);

        ImageIndex index = document.Index!;
        Assert.Null(document.Manifest);
        Assert.Equal("a/b", index.ArtifactType);
        Assert.Equal("v", index.Annotations["k"]);
        Assert.Equal(7, document.Subject!.Size);
        Assert.Equal(
            ["linux/arm64/v8", "windows(10.0.20348.1+win32k)/amd64", "unknown/unknown", null],
            index.Manifests.Select(child => child.Platform?.ToString()));
        Assert.Same(index.Manifests, document.Children);
    }

    [Theory]
    // What is declared counts
    [InlineData(Manifest, MediaTypes.OciManifest, MediaTypes.OciManifest)]
    [InlineData(Manifest, MediaTypes.DockerManifest, MediaTypes.DockerManifest)]
    [InlineData(Manifest, MediaTypes.OciManifest + "; charset=utf-8", MediaTypes.OciManifest)]
    [InlineData(Index, MediaTypes.OciIndex, MediaTypes.OciIndex)]
    [InlineData(Index, MediaTypes.DockerManifestList, MediaTypes.DockerManifestList)]
    [InlineData("""{"a":1}""", MediaTypes.OciConfig, MediaTypes.OciConfig)]
    [InlineData("""{"a":1}""", "application/vnd.example.v1+json", "application/vnd.example.v1+json")]
    [InlineData("""{"mediaType":"x/y"}""", "application/vnd.example.v1+json", "application/vnd.example.v1+json")]
    [InlineData("""{"manifests":1,"config":2}""", "application/vnd.example.v1+json", "application/vnd.example.v1+json")]
    // Otherwise the document's own word
    [InlineData("""{"mediaType":"x/y"}""", null, "x/y")]
    [InlineData("""{"mediaType":"x/y","manifests":1,"config":2}""", "text/plain", "x/y")]
    [InlineData($$"""{"mediaType":"{{MediaTypes.DockerManifestList}}","manifests":[{{Child}}]}""",
        "application/json", MediaTypes.DockerManifestList)]
    // Otherwise the shape
    [InlineData(Manifest, null, MediaTypes.OciManifest)]
    [InlineData(Manifest, "", MediaTypes.OciManifest)]
    [InlineData(Manifest, "application/json", MediaTypes.OciManifest)]
    [InlineData(Manifest, "text/plain; charset=utf-8", MediaTypes.OciManifest)]
    [InlineData(Manifest, "application/octet-stream", MediaTypes.OciManifest)]
    [InlineData(Index, null, MediaTypes.OciIndex)]
    [InlineData("""{"architecture":"amd64"}""", null, "application/json")]
    public void The_media_type_is_decided(string text, string? declared, string expected)
    {
        RawDocument document = Create(text, declared);

        Assert.Equal(expected, document.MediaType);
        Assert.Equal(MediaTypes.IsManifest(expected), document.Manifest is not null);
        Assert.Equal(MediaTypes.IsIndex(expected), document.Index is not null);
    }

    [Fact]
    public void Unknown_types_have_no_children()
    {
        Assert.Empty(Create(Manifest, "application/vnd.example.v1+json").Children);
    }

    [Fact]
    public void Null_lists_are_empty()
    {
        Assert.Empty(Create("""{"schemaVersion":2,"manifests":null}""", MediaTypes.OciIndex).Children);
        Assert.Empty(Create($$"""{"config":{{Config}},"layers":null,"subject":null}""", null).Manifest!.Layers);
    }

    [Theory]
    [InlineData("", null, "it is not JSON")]
    [InlineData("not json", null, "it is not JSON")]
    [InlineData("{} {}", null, "it is not JSON")]
    [InlineData("{\"a\":1,}", null, "it is not JSON")]
    [InlineData("// comment\n{}", null, "it is not JSON")]
    [InlineData("\uFEFF{}", null, "it is not JSON")]
    [InlineData("[]", null, "it is JSON, but not an object")]
    [InlineData("null", null, "it is JSON, but not an object")]
    [InlineData("""{"mediaType":"a","mediaType":"b"}""", null, "it repeats a member of an object: ")]
    [InlineData("""{"a":[{"b":{"c":1,"c":1}}]}""", "x/y", "it repeats a member of an object: Duplicate property 'c'")]
    [InlineData("""{"a":{"\ud800":1}}""", null, "it is not valid Unicode text")]
    [InlineData("""{"a":[1,{"b":"\udc00"}]}""", null, "'a[1].b' is not valid Unicode text")]
    [InlineData("""{"config":{"User":"\ud800"}}""", MediaTypes.OciConfig, "'config.User' is not valid Unicode text")]
    [InlineData("""{"layers":[],"\u006cayers":[]}""", "x/y", "it repeats a member of an object: ")]
    [InlineData($$"""{"manifests":[{{Child}}],"config":{{Config}}}""", null, "it is an index and a manifest in one")]
    [InlineData($$"""{"manifests":[],"layers":[]}""", MediaTypes.OciIndex, "it is an index and a manifest in one")]
    [InlineData($$"""{"manifests":[],"fsLayers":[]}""", null, "it is an index and a manifest of schema 1 in one")]
    [InlineData($$"""{"manifests":[]}""", MediaTypes.OciManifest, "it is an index and a manifest in one")]
    [InlineData(Manifest, MediaTypes.OciIndex, "it is an index and a manifest in one")]
    [InlineData($$"""{"config":{{Config}},"layers":[],"fsLayers":[]}""", null,
        "it is a manifest and a manifest of schema 1 in one")]
    [InlineData(Manifest, MediaTypes.DockerManifestSchema1, "it is a manifest and a manifest of schema 1 in one")]
    [InlineData("""{"fsLayers":[]}""", MediaTypes.DockerManifest, "it is a manifest and a manifest of schema 1 in one")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}""", MediaTypes.OciManifest,
        "announced as application/vnd.oci.image.manifest.v1+json but calls itself "
        + "application/vnd.oci.image.index.v1+json")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.manifest.v1+json"}""", MediaTypes.OciConfig, "announced as")]
    [InlineData("""{"mediaType":"application/vnd.oci.image.manifest.v1+json"}""", "x/y", "announced as x/y")]
    [InlineData("""{"mediaType":"x/y","manifests":[]}""", MediaTypes.OciIndex, "but calls itself x/y")]
    [InlineData("""{"mediaType":7}""", null, "'mediaType' is not a string")]
    [InlineData("""{"schemaVersion":1,"manifests":[]}""", MediaTypes.OciIndex, "'schemaVersion' is not 2")]
    [InlineData("""{"schemaVersion":"2","manifests":[]}""", null, "'schemaVersion' is not a whole number")]
    [InlineData("{}", MediaTypes.OciIndex, "'manifests' is missing")]
    [InlineData("""{"layers":[]}""", MediaTypes.OciManifest, "'config' is missing")]
    [InlineData($$"""{"config":{{Config}}}""", MediaTypes.OciManifest, "'layers' is missing")]
    [InlineData("""{"manifests":{}}""", null, "'manifests' is not a list")]
    [InlineData("""{"manifests":[7]}""", null, "'manifests[0]' is not an object")]
    [InlineData("""{"config":[],"layers":[]}""", null, "'config' is not an object")]
    [InlineData("""{"manifests":[],"annotations":[]}""", null, "'annotations' is not an object")]
    [InlineData("""{"manifests":[],"annotations":{"a":1}}""", null, "'annotations.a' is not a string")]
    [InlineData("""{"manifests":[],"artifactType":{}}""", null, "'artifactType' is not a string")]
    [InlineData("""{"manifests":[],"subject":{}}""", null, "'subject.digest' is missing")]
    public void A_bad_document_is_refused(string text, string? mediaType, string expected)
    {
        var exception = Assert.Throws<OciException>(() => Create(text, mediaType));

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Same(s_about, exception.Target);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "The document ghcr.io/owner/app:1 cannot be used: ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("Ask whoever published it for a correct one.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_document_of_schema_1_with_other_bytes_is_a_mismatch_whatever_they_say(bool signed)
    {
        TestImage image = Schema1Images.Usual(signed);
        byte[] bytes = image.RootBytes;
        bytes[Encoding.UTF8.GetString(bytes).IndexOf("sha256:", StringComparison.Ordinal)] ^= 1;

        var exception = Assert.Throws<OciException>(() => RawDocument.Create(bytes, image.Root));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
    }

    [Theory]
    [InlineData("""{"annotations":{"~":""}}""")]
    [InlineData("""{"annotations":{"a":"~"}}""")]
    [InlineData("""{"~":1}""")]
    public void A_document_with_bytes_that_are_no_text_is_refused(string json)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        bytes[bytes.IndexOf((byte)'~')] = 0xAE;

        var exception = Assert.Throws<OciException>(() => RawDocument.Create(bytes, MediaTypes.OciIndex));

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Contains("it is not valid Unicode text", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""" "digest":"sha256:fff","size":1,"mediaType":"a/b" """,
        "'layers[1].digest' is not a digest: sha256 takes")]
    [InlineData(""" "digest":"sha256:../../etc/passwd","size":1,"mediaType":"a/b" """,
        "'layers[1].digest' is not a digest")]
    [InlineData(""" "digest":"md5:d41d8cd98f00b204e9800998ecf8427e","size":1,"mediaType":"a/b" """,
        "'layers[1].digest' is not a digest: the algorithm")]
    [InlineData(""" "digest":7,"size":1,"mediaType":"a/b" """, "'layers[1].digest' is not a string")]
    [InlineData(""" "size":1,"mediaType":"a/b" """, "'layers[1].digest' is missing")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","mediaType":"a/b" """, "'layers[1].size' is missing")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":-1,"mediaType":"a/b" """, "'layers[1].size' is negative")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1.5,"mediaType":"a/b" """, "'layers[1].size' is not a whole")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":"1","mediaType":"a/b" """, "'layers[1].size' is not a whole")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":9223372036854775808,"mediaType":"a/b" """,
        "'layers[1].size' is not a whole")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1 """, "'layers[1].mediaType' is missing")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1,"mediaType":"" """, "'layers[1].mediaType' is missing")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1,"mediaType":"\ud800" """,
        "'layers[1].mediaType' is not valid Unicode text")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1,"mediaType":"a/b","urls":[7] """,
        "'layers[1].urls[0]' is not a string")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1,"mediaType":"a/b","annotations":{"a\u001b":7} """,
        "'layers[1].annotations.a?' is not a string")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1,"mediaType":"a/b","platform":"linux" """,
        "'layers[1].platform' is not an object")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1,"mediaType":"a/b","platform":{"os":1} """,
        "'layers[1].platform.os' is not a string")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":1,"mediaType":"a/b","data":"?" """,
        "'layers[1].data' is not base64")]
    [InlineData($$""" "digest":"sha256:{{Hex}}","size":2,"mediaType":"a/b","data":"e30=" """,
        "'layers[1].data' does not have the size and digest")]
    [InlineData($$""" "digest":"{{OfEmptyObject}}","size":3,"mediaType":"a/b","data":"e30=" """,
        "'layers[1].data' does not have the size and digest")]
    public void A_bad_descriptor_is_named_by_its_path(string members, string expected)
    {
        string text = $$"""{"config":{{Config}},"layers":[{{Config}},{{{members}}}]}""";

        var exception = Assert.Throws<OciException>(() => Create(text, MediaTypes.OciManifest));

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', exception.Message);
    }

    [Fact]
    public void Too_deep_a_document_is_refused()
    {
        string text = "{\"a\":" + new string('[', 40) + new string(']', 40) + "}";

        var exception = Assert.Throws<OciException>(() => Create(text, "x/y"));

        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Contains("maximum configured depth of 32", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_four_mebibytes_are_refused()
    {
        byte[] bytes = new byte[ContentLimits.Document + 1];
        bytes.AsSpan().Fill((byte)' ');
        "{}"u8.CopyTo(bytes);

        Assert.Equal(ContentLimits.Document, RawDocument.Create(bytes.AsMemory(..^1), "x/y").Size);
        var exception = Assert.Throws<OciException>(() => RawDocument.Create(bytes, "x/y"));
        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Contains("4194305 bytes, and 4194304 are the limit", exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("The document cannot be used", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_document_is_checked_against_its_descriptor()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Manifest);
        var descriptor = new Descriptor
        {
            MediaType = MediaTypes.OciManifest,
            Digest = Digest.Compute(bytes, Digest.Sha512),
            Size = bytes.Length,
        };

        Assert.Equal(descriptor.Digest, RawDocument.Create(bytes, descriptor).Digest);

        var size = Assert.ThrowsAny<OciException>(() => RawDocument.Create(bytes, descriptor with { Size = 5 }));
        Assert.Equal(OciErrorCode.ContentMismatch, size.Code);
        Assert.Contains($"has {bytes.Length} bytes instead of 5", size.Message, StringComparison.Ordinal);

        Descriptor other = descriptor with { Digest = Digest.Parse("sha256:" + Hex) };
        var digest = Assert.ThrowsAny<OciException>(() => RawDocument.Create(bytes, other));
        Assert.Equal(OciErrorCode.ContentMismatch, digest.Code);
        Assert.Contains(other.Digest.ToString(), digest.Message, StringComparison.Ordinal);
        Assert.Contains(Digest.Compute(bytes).ToString(), digest.Message, StringComparison.Ordinal);
        Assert.Same(other, digest.Target);

        var type = Assert.ThrowsAny<OciException>(
            () => RawDocument.Create(bytes, descriptor with { MediaType = MediaTypes.OciIndex }));
        Assert.Equal(OciErrorCode.ManifestInvalid, type.Code);
    }

    [Fact]
    public void A_document_describes_itself()
    {
        RawDocument document = Create($$"""{"artifactType":"a/b","manifests":[{{Child}}]}""", null);

        Descriptor descriptor = document.ToDescriptor();

        Assert.Equal(MediaTypes.OciIndex, descriptor.MediaType);
        Assert.Equal(document.Digest, descriptor.Digest);
        Assert.Equal(document.Size, descriptor.Size);
        Assert.Equal("a/b", descriptor.ArtifactType);
    }

    [Fact]
    public void An_index_keeps_what_is_unknown_when_children_are_dropped()
    {
        const string Text = $$"""
            {"schemaVersion": 2, "x-first": {"b": 1.50, "a": "é+<>&"}, "mediaType": "{{MediaTypes.DockerManifestList}}",
             "manifests": [
               {"x-own": true, "mediaType": "a/b", "digest": "sha256:{{Hex}}", "size": 1},
               {"mediaType": "a/b", "digest": "sha256:{{Hex}}", "size": 2},
               {"size": 3, "mediaType": "a/b", "digest": "sha256:{{Hex}}"}],
             "annotations": {"k": "v+w"} }
            """;
        RawDocument document = Create(Text, null);

        RawDocument smaller = document.WithManifests(child => child.Size != 2);

        const string Expected = $$"""
            {"schemaVersion":2,"x-first":{"b":1.50,"a":"é+<>&"},"mediaType":"{{MediaTypes.DockerManifestList}}",
            "manifests":[{"x-own":true,"mediaType":"a/b","digest":"sha256:{{Hex}}","size":1},
            {"size":3,"mediaType":"a/b","digest":"sha256:{{Hex}}"}],"annotations":{"k":"v+w"} }
            """;
        Assert.Equal(
            Expected.ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal),
            Encoding.UTF8.GetString(smaller.Bytes.Span));
        Assert.Equal(MediaTypes.DockerManifestList, smaller.MediaType);
        Assert.Equal([1L, 3L], smaller.Children.Select(child => child.Size));
        Assert.Equal(3, document.Children.Count);
        Assert.NotEqual(document.Digest, smaller.Digest);
    }

    [Fact]
    public void Only_an_index_has_children_to_drop() =>
        Assert.Throws<InvalidOperationException>(() => Create(Manifest, null).WithManifests(_ => true));

    private static RawDocument Create(string text, string? mediaType) =>
        RawDocument.Create(Encoding.UTF8.GetBytes(text), mediaType, s_about);
}
