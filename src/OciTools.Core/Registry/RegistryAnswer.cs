using System.Net;
using System.Net.Http.Headers;

namespace OciTools.Registry;

/// <summary>An answer whose body has been read into memory, up to a limit.</summary>
internal sealed class RegistryAnswer(HttpResponseMessage response, ReadOnlyMemory<byte> body, bool isTruncated)
{
    public HttpStatusCode Status => response.StatusCode;

    public bool IsSuccess => response.IsSuccessStatusCode;

    public HttpMethod Method { get; } = response.RequestMessage!.Method;

    /// <summary>The address that answered, after redirects.</summary>
    public Uri Uri { get; } = response.RequestMessage!.RequestUri!;

    public HttpResponseHeaders Headers => response.Headers;

    public string? MediaType => response.Content.Headers.ContentType?.MediaType;

    public long? ContentLength => response.Content.Headers.ContentLength;

    public ReadOnlyMemory<byte> Body => body;

    /// <summary>Whether the body was longer than the limit.</summary>
    public bool IsTruncated => isTruncated;

    /// <summary>The first value of a header, or null.</summary>
    public string? Header(string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? values.FirstOrDefault() : null;
}
