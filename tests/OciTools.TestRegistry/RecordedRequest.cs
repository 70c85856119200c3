namespace OciTools.Testing;

/// <summary>A request that a <see cref="TestRegistry"/> received.</summary>
public sealed class RecordedRequest
{
    public required string Method { get; init; }

    /// <summary>The path, with %-sequences decoded.</summary>
    public required string Path { get; init; }

    /// <summary>The query with its question mark, or nothing.</summary>
    public required string Query { get; init; }

    /// <summary>The headers, whatever the case of their names; several values are joined with a comma.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>Which connection it came on.</summary>
    public required string ConnectionId { get; init; }

    /// <summary>The protocol, such as HTTP/1.1.</summary>
    public required string Protocol { get; init; }

    /// <summary>The status that was answered; null while there is none, and when the connection was broken.</summary>
    public int? Status { get; internal set; }

    /// <summary>The fields of a form in the body; empty when there is none.</summary>
    public IReadOnlyDictionary<string, string> Form { get; internal set; } = new Dictionary<string, string>();

    public string? Authorization => Header("Authorization");

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    public override string ToString() => $"{Method} {Path}{Query} -> {Status?.ToString() ?? "nothing"}";
}
