using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using OciTools.Testing;

namespace OciTools.Tests.Documents;

public sealed class Schema1ManifestTests
{
    private const string Signed = MediaTypes.DockerManifestSchema1Signed;
    private const string Unsigned = MediaTypes.DockerManifestSchema1;

    private static readonly string s_blob = Digest.Compute(Schema1Images.EmptyLayer).ToString();
    private static readonly string s_usual = Encoding.UTF8.GetString(Schema1Images.Usual(signed: false).RootBytes);

    [Fact]
    public void The_digest_of_a_signed_manifest_is_that_of_what_is_signed()
    {
        TestImage image = Schema1Images.Usual();
        Assert.NotEqual(Digest.Compute(image.RootBytes), image.Root.Digest);

        var document = RawDocument.Create(image.RootBytes, Signed);

        Assert.Equal(image.Root.Digest, document.Digest);
        Assert.Equal(Digest.Compute(image.RootBytes), document.ContentDigest);
        Assert.Equal(image.RootBytes, document.Bytes.ToArray());
        Assert.Empty(document.Children);
    }

    [Fact]
    public void What_is_signed_is_put_together_from_its_length_and_its_end()
    {
        byte[] payload = Encoding.UTF8.GetBytes(
            $$"""
            {
               "schemaVersion": 1, "name": "hello-world", "tag": "latest", "architecture": "amd64",
               "fsLayers": [ { "blobSum": "{{s_blob}}" } ],
               "history": [ { "v1Compatibility": "{\"id\":\"a\",\"os\":\"linux\"}" } ]
            }
            """);
        string header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
            $$"""{"formatLength":{{payload.Length - 2}},"formatTail":"Cn0","time":"2015-04-21T18:51:59Z"}"""));
        byte[] signed =
        [
            .. payload[..^2],
            .. Encoding.UTF8.GetBytes($$""","signatures":[{"header":{},"signature":"","protected":"{{header}}"}]"""),
            .. payload[^2..],
        ];

        Assert.Equal(Digest.Compute(payload), RawDocument.Create(signed, Signed).Digest);
    }

    [Fact]
    public void The_type_is_told_by_the_document_where_nobody_says_it()
    {
        Assert.Equal(Signed, RawDocument.Create(Schema1Images.Usual().RootBytes, "text/plain").MediaType);
        Assert.Equal(Unsigned, RawDocument.Create(Encoding.UTF8.GetBytes(s_usual), "text/plain").MediaType);
    }

    [Fact]
    public void A_descriptor_fits_by_what_is_signed_or_by_the_bytes_and_by_nothing_else()
    {
        TestImage image = Schema1Images.Usual();
        TestImage again = Schema1Images.Usual();
        Assert.NotEqual(image.RootBytes, again.RootBytes);

        // A registry signs anew when it is asked again, so the size may be another.
        Descriptor known = image.Root with { Size = 1 };
        Assert.Equal(image.Root.Digest, RawDocument.Create(again.RootBytes, known).Digest);

        var exact = new Descriptor
        {
            MediaType = Signed, Digest = Digest.Compute(image.RootBytes), Size = image.RootBytes.Length,
        };
        Assert.Equal(image.Root.Digest, RawDocument.Create(image.RootBytes, exact).Digest);
        Assert.Equal(
            OciErrorCode.ContentMismatch,
            Assert.ThrowsAny<OciException>(() => RawDocument.Create(again.RootBytes, exact)).Code);

        byte[] unsigned = Encoding.UTF8.GetBytes(s_usual);
        var wrongSize = new Descriptor { MediaType = Unsigned, Digest = Digest.Compute(unsigned), Size = 1 };
        Assert.Equal(
            OciErrorCode.ContentMismatch,
            Assert.ThrowsAny<OciException>(() => RawDocument.Create(unsigned, wrongSize)).Code);
    }

    [Fact]
    public void What_stands_beside_the_signed_text_is_not_read()
    {
        TestImage image = Schema1Images.Usual();
        string text = Encoding.UTF8.GetString(image.RootBytes);
        byte[] appended = Encoding.UTF8.GetBytes(text.Replace(
            ",\n   \"signatures\"", ",\"added\":[{}],\"signatures\"", StringComparison.Ordinal));
        var document = RawDocument.Create(appended, Signed);
        Assert.Equal(image.Root.Digest, document.Digest);
        Assert.Equal(6, document.Schema1!.Steps.Count);
    }

    [Fact]
    public void Steps_are_read_with_the_first_one_first()
    {
        Schema1Manifest manifest = RawDocument.Create(Schema1Images.Usual().RootBytes, Signed).Schema1!;

        Assert.Equal(
            [
                "/bin/sh -c #(nop) ADD file:1 in /",
                "/bin/sh -c #(nop) ENV A=1",
                "/bin/sh -c rm /etc/motd",
                "/bin/sh -c #(nop) ADD file:1 in /",
                "/bin/sh -c #(nop) MAINTAINER somebody",
                "/bin/sh -c #(nop) CMD [\"/bin/sh\"]",
            ],
            manifest.Steps.Select(step => step.History.CreatedBy));
        Assert.Equal([false, true, false, false, false, false], manifest.Steps.Select(step => step.History.EmptyLayer));
        Assert.Equal(
            new DateTimeOffset(2015, 10, 31, 22, 22, 50, TimeSpan.Zero).AddTicks(1234568),
            manifest.Steps[0].History.Created);
        Assert.Equal(Digest.Compute(Schema1Images.Repeated.Gzip), manifest.Steps[0].Blob);
        Assert.Equal(manifest.Steps[0].Blob, manifest.Steps[3].Blob);
        Assert.Equal(4, manifest.Blobs.Count());
        Assert.Equal("linux/amd64", manifest.Config.Platform!.ToString());
        Assert.Equal(["/bin/sh"], manifest.Config.Cmd);
        Assert.Equal("somebody", manifest.Config.Author);
    }

    [Theory]
    [InlineData("", "", "linux/unknown")]
    [InlineData("\"architecture\":\"arm\",", "", "linux/arm")]
    [InlineData("\"architecture\":\"arm\",", "\"architecture\":\"arm64\",\"variant\":\"v8\"", "linux/arm64/v8")]
    [InlineData("\"architecture\":\"amd64\",", "\"os\":\"windows\",\"os.version\":\"10.0.1\"", "windows(10.0.1)/amd64")]
    [InlineData("\"architecture\":\"Z80 \\u001b[31m\",", "", "linux/Z80 ?[31m")]
    public void The_platform_is_what_the_config_says_or_else_the_manifest(
        string manifest, string config, string expected)
    {
        string text = Manifest(manifest, [s_blob], [$"{{{config}}}"]);

        string actual = RawDocument.Create(Encoding.UTF8.GetBytes(text), Unsigned).Schema1!.Config.Platform!.ToString();

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Bad_documents_are_refused_and_what_is_bad_is_named()
    {
        Refuse("'schemaVersion' is not 1", s_usual.Replace("\"schemaVersion\": 1", "\"schemaVersion\": 2"));
        Refuse("'fsLayers' is empty", """{"schemaVersion":1}""");
        Refuse("'fsLayers' has 1 entries and 'history' 2", Manifest("", [s_blob], ["{}", "{}"]));
        Refuse("'fsLayers' has 2 entries and 'history' 1", Manifest("", [s_blob, s_blob], ["{}"]));
        Refuse("'fsLayers[0].blobSum' is not a digest", Manifest("", ["sha256:1"], ["{}"]));
        Refuse("'fsLayers[0].blobSum' is missing", """{"schemaVersion":1,"fsLayers":[{}]}""");
        Refuse("'fsLayers[0]' is not an object", """{"schemaVersion":1,"fsLayers":[1]}""");
        Refuse("'history[1].v1Compatibility' cannot be read: it is not JSON",
            Manifest("", [s_blob, s_blob], ["{}", "no JSON"]));
        Refuse("'history[0].v1Compatibility' cannot be read: it is JSON, but not an object",
            Manifest("", [s_blob], ["[]"]));
        Refuse("'history[0].v1Compatibility' is missing", Manifest("", [s_blob], [""]));
        Refuse("cannot be read: 'created' is not a date", Manifest("", [s_blob], ["""{"created":"soon"}"""]));
        Refuse("cannot be read: 'throwaway' is neither", Manifest("", [s_blob], ["""{"throwaway":"yes"}"""]));
        Refuse("cannot be read: 'container_config.Cmd[0]' is not a string",
            Manifest("", [s_blob], ["""{"container_config":{"Cmd":[1]}}"""]));
        Refuse("cannot be read: 'config.Env' is not a list", Manifest("", [s_blob], ["""{"config":{"Env":"A=1"}}"""]));
        Refuse("'architecture' is not a string", Manifest("\"architecture\":7,", [s_blob], ["{}"]));
    }

    [Fact]
    public void Bad_signatures_are_refused_and_what_is_bad_is_named()
    {
        Refuse("it was announced as signed, but has no signature", s_usual, Signed);
        Refuse("'signatures' is not a list", WithSignatures("{}"));
        Refuse("'signatures[0]' is not an object", WithSignatures("[7]"));
        Refuse("'signatures[0].protected' is missing", WithSignatures("[{}]"));
        Refuse("'signatures[0].protected' is not base64url", WithSignatures("""[{"protected":"***"}]"""));
        Refuse("it is not JSON", WithHeaders("no JSON"));
        Refuse("'signatures[0].protected.formatLength' is missing", WithHeaders("{}"));
        Refuse("'signatures[0].protected.formatTail' is not base64url",
            WithHeaders("""{"formatLength":1,"formatTail":"*"}"""));
        Refuse("the 'formatLength' of its signature is 9000000000",
            WithHeaders("""{"formatLength":9000000000,"formatTail":"Cn0"}"""));
        Refuse("the 'formatLength' of its signature is -1", WithHeaders("""{"formatLength":-1,"formatTail":"Cn0"}"""));
        Refuse("its signatures are not over the same text",
            WithHeaders("""{"formatLength":1,"formatTail":"Cn0"}""", """{"formatLength":2,"formatTail":"Cn0"}"""));
        Refuse("it is not JSON", WithHeaders("""{"formatLength":20,"formatTail":"Cn0"}"""));
    }

    private static void Refuse(string expected, string text, string? mediaType = null)
    {
        mediaType ??= text.Contains("\"signatures\"", StringComparison.Ordinal) ? Signed : Unsigned;
        OciException exception =
            Assert.Throws<OciException>(() => RawDocument.Create(Encoding.UTF8.GetBytes(text), mediaType));
        Assert.Equal(OciErrorCode.ManifestInvalid, exception.Code);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static string Manifest(string members, string[] blobs, string[] texts) => $$"""
        {"schemaVersion":1,{{members}}
        "fsLayers":[{{string.Join(',', blobs.Select(blob => $$"""{"blobSum":"{{blob}}"}"""))}}],
        "history":[{{string.Join(',', texts.Select(History))}}]}
        """;

    private static string History(string text) => new JsonObject { ["v1Compatibility"] = text }.ToJsonString();

    private static string WithSignatures(string signatures) =>
        s_usual.TrimEnd()[..^1] + $",\"signatures\":{signatures}}}";

    private static string WithHeaders(params string[] headers) => WithSignatures(new JsonArray([.. headers.Select(
        header => new JsonObject { ["protected"] = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) })])
        .ToJsonString());
}
