namespace OciTools.Archives;

/// <summary>One item of a <c>manifest.json</c>.</summary>
internal sealed record DockerImage(ImageManifest Manifest)
{
    /// <summary>The names that <c>docker load</c> gives the image.</summary>
    public List<string> Names { get; } = [];
}
