namespace OciTools.Benchmarks;

/// <summary>Where an end of a scenario is.</summary>
internal enum Place
{
    /// <summary>A layout directory.</summary>
    Layout,

    /// <summary>The registry that holds the images.</summary>
    Home,

    /// <summary>Another registry.</summary>
    Away,

    /// <summary>An OCI archive.</summary>
    Archive,

    /// <summary>A directory with what the layers make together.</summary>
    Directory,

    /// <summary>A tar with what the layers make together.</summary>
    Tar,

    /// <summary>A git repository with a commit for each layer.</summary>
    Git,
}
