using System.Text;
using OciTools.Layout;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>The index.json of a layout.</summary>
internal sealed class LayoutIndexTarget : FuzzTarget
{
    private static readonly Descriptor s_addition =
        new() { MediaType = MediaTypes.OciManifest, Digest = Digest.Compute([1]), Size = 1 };

    public override string Name => "layouts";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Index("""{"org.opencontainers.image.ref.name":"v1"}"""),
        Index("""{"org.opencontainers.image.ref.name":"v1","io.containerd.image.name":"docker.io/library/a:v1"}"""),
    ];

    public override IReadOnlyList<string> Tokens =>
    [
        .. JsonPieces.All, "\"org.opencontainers.image.ref.name\":", "\"io.containerd.image.name\":",
        "docker.io/a:v1",
    ];

    public override Task RunAsync(byte[] input)
    {
        var index = LayoutIndex.Parse(input, "index.json");
        foreach (string name in index.Names)
            _ = (index.Find(name), index.IsAmbiguous(name));
        foreach (Descriptor entry in index.Entries)
            _ = index.Find(entry.Digest);
        _ = index.FindOnly();
        LayoutIndex merged = index.Merge([s_addition]);
        return merged.Find(s_addition.Digest) is not null
            ? Task.CompletedTask
            : throw new FuzzFailure("what was added is not there");
    }

    public override bool IsDocumented(Exception exception) =>
        exception is OciException { Code: OciErrorCode.LayoutInvalid };

    private static byte[] Index(string annotations) => Encoding.UTF8.GetBytes(
        $$"""
        {"schemaVersion":2,"manifests":[
        {"mediaType":"{{MediaTypes.OciManifest}}","digest":"{{Digest.Compute([2])}}","size":7,
        "annotations":{{annotations}},
        "platform":{"architecture":"amd64","os":"linux"} },
        {"mediaType":"{{MediaTypes.OciIndex}}","digest":"{{Digest.Compute([3])}}","size":9}],"other":[{}]}
        """);
}
