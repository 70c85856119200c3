namespace OciTools.Benchmarks;

/// <summary>One end of a job: a repository, or something in the file system; with the tag <c>v1</c>.</summary>
/// <param name="Place">What it is.</param>
/// <param name="Location"><c>host:port/repository</c>, or the path.</param>
internal sealed record Endpoint(Place Place, string Location)
{
    public const string Tag = "v1";

    public bool IsLayout => Place == Place.Layout;

    /// <summary>The host and port of a registry.</summary>
    public string Host => Location[..Location.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>The location and tag.</summary>
    public string Name => $"{Location}:{Tag}";

    /// <summary>The reference as OciTools writes it; of what is none, the place and the path.</summary>
    public override string ToString() => Place switch
    {
        Place.Home or Place.Away => Name,
        Place.Layout => $"oci:{Name}",
        _ => $"{Place}:{Location}",
    };
}
