namespace OciTools.Benchmarks;

/// <summary>One end of a copy, with the tag <c>v1</c>: a repository, or an OCI image layout directory.</summary>
/// <param name="Location"><c>host:port/repository</c>, or the path of the directory.</param>
/// <param name="IsLayout">Whether the location is a directory.</param>
internal sealed record Endpoint(string Location, bool IsLayout)
{
    public const string Tag = "v1";

    /// <summary>The host and port of a registry.</summary>
    public string Host => Location[..Location.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>The location and tag.</summary>
    public string Name => $"{Location}:{Tag}";

    /// <summary>The reference as OciTools writes it.</summary>
    public override string ToString() => IsLayout ? $"oci:{Name}" : Name;
}
