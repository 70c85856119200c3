using OciTools.Testing;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>Manifests and indexes of all kinds.</summary>
internal sealed class ManifestTarget : FuzzTarget
{
    private static readonly string?[] s_mediaTypes =
    [
        null, MediaTypes.OciManifest, MediaTypes.OciIndex, MediaTypes.DockerManifest, MediaTypes.DockerManifestList,
        MediaTypes.DockerManifestSchema1, MediaTypes.DockerManifestSchema1Signed,
    ];

    public override string Name => "manifests";

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        TestImages.Single().RootBytes, TestImages.MultiPlatform().RootBytes, TestImages.DockerManifestList().RootBytes,
        TestImages.Artifact(subject: TestImages.Single().Root).RootBytes, TestImages.WithUnknownMembers().RootBytes,
        Schema1Images.Usual().RootBytes, Schema1Images.Usual(signed: false).RootBytes,
    ];

    public override IReadOnlyList<string> Tokens => JsonPieces.All;

    public override Task RunAsync(byte[] input)
    {
        string? mediaType = s_mediaTypes[input.Length % s_mediaTypes.Length];
        var document = RawDocument.Create(input, mediaType);
        foreach (Descriptor child in document.Children)
        {
            _ = (child.ToString(), child.Platform?.ToString());
            if (child.Size < 0)
                throw new FuzzFailure("a size is negative");
        }

        if (document.Index is not null)
            _ = document.WithManifests(child => child.Platform is not null);
        return Task.CompletedTask;
    }

    public override bool IsDocumented(Exception exception) =>
        exception is OciException { Code: OciErrorCode.ManifestInvalid };
}
