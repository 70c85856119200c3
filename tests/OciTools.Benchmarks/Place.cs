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
}
