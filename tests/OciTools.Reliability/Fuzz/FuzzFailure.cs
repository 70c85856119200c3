namespace OciTools.Reliability.Fuzz;

/// <summary>An input was read, and the result is wrong.</summary>
internal sealed class FuzzFailure(string message) : Exception(message);
