namespace OciTools.Benchmarks;

/// <summary>How the registries are reached: directly, or through proxies.</summary>
/// <param name="Home">The host and port that lead to the registry with the images.</param>
/// <param name="Away">The host and port that lead to the other registry.</param>
internal sealed record Route(string Home, string Away);
