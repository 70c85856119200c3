namespace OciTools.Benchmarks;

/// <summary>What one run asked of the registries.</summary>
/// <param name="Requests">The requests that the registries logged.</param>
/// <param name="Connections">The connections that were opened to them.</param>
internal sealed record Traffic(long Requests, long Connections);
