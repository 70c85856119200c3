namespace OciTools.Benchmarks;

/// <summary>A tool could not do its job, so there is nothing to measure.</summary>
internal sealed class ToolFailedException(string message) : Exception(message);
