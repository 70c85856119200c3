namespace OciTools.Transport;

/// <summary>
/// Requests in words that are safe to show: no query, which may hold a signature, and no user information.
/// </summary>
internal static class RequestText
{
    public static string Describe(HttpMethod method, Uri uri) => $"{method} {Describe(uri)}";

    public static string Describe(Uri uri) =>
        DisplayText.Sanitize(uri.Authority + uri.AbsolutePath + (uri.Query.Length == 0 ? "" : "?…"));
}
