using System.Text;
using System.Text.Json;

namespace OciTools.Tests.Documents;

public sealed class DescriptorJsonTests
{
    [Fact]
    public void A_descriptor_reads_back_what_it_writes()
    {
        byte[] data = "{}"u8.ToArray();
        var descriptor = new Descriptor
        {
            MediaType = "application/vnd.example+json",
            Digest = Digest.Compute(data),
            Size = data.Length,
            Platform = Platform.Parse("windows(10.0.20348.1+win32k)/arm64/v8"),
            ArtifactType = "a/b",
            Annotations = new Dictionary<string, string> { ["org.opencontainers.image.ref.name"] = "é+<1>" },
            Urls = ["https://example.com/?a=1&b=2"],
            Data = data,
        };

        byte[] written = DocumentWriter.Write(writer => DescriptorJson.Write(writer, descriptor));
        using JsonDocument json = JsonDocument.Parse(written);
        Descriptor read = DescriptorJson.Read(json.RootElement, "manifests[0]");

        Assert.Equal(descriptor.MediaType, read.MediaType);
        Assert.Equal(descriptor.Digest, read.Digest);
        Assert.Equal(descriptor.Size, read.Size);
        Assert.Equal(descriptor.Platform, read.Platform);
        Assert.Equal("v8", read.Platform!.Variant);
        Assert.Equal(descriptor.ArtifactType, read.ArtifactType);
        Assert.Equal(descriptor.Annotations, read.Annotations);
        Assert.Equal(descriptor.Urls, read.Urls);
        Assert.Equal(data, read.Data!.Value.ToArray());
        Assert.Contains("é+<1>", Encoding.UTF8.GetString(written), StringComparison.Ordinal);
        Assert.Equal((byte)'{', written[0]);
        Assert.Equal(written, DocumentWriter.Write(DescriptorJson.ToNode(descriptor)));
    }

    [Fact]
    public void What_is_empty_is_not_written()
    {
        var descriptor = new Descriptor { MediaType = "a/b", Digest = Digest.Compute([]), Size = 0 };

        Assert.Equal(
            $$"""{"mediaType":"a/b","digest":"{{Digest.Compute([])}}","size":0}""",
            DescriptorJson.ToNode(descriptor).ToJsonString());
    }
}
