using System.Net.Http.Headers;
using System.Text;

namespace OciTools.Registry;

/// <summary>Follows an answer that comes in pages (RFC 8288; distribution specification 1.1, "Listing Tags").</summary>
internal sealed class Pages(Uri first)
{
    private const int MaximumPages = 10_000;

    // Digests, because a server may make each address as long as a header may be.
    private readonly HashSet<Digest> _seen = [DigestOf(first)];

    /// <summary>The address of the next page, or null after the last.</summary>
    /// <exception cref="OciException">The link leaves the registry, or the pages do not end.</exception>
    public Uri? Next(RegistryAnswer answer)
    {
        if (TargetOf(answer.Headers) is not { } text)
            return null;

        // Relative to the registry that was asked, for a redirected answer must not move the list elsewhere.
        if (!Uri.TryCreate(first, text, out Uri? next) || !RedirectPolicy.IsSameOrigin(first, next))
        {
            throw new OciException(
                OciErrorCode.UnsafeRedirect,
                $"{first.Authority} continues a list at {DisplayText.Sanitize(next?.Authority ?? text)}, another host. "
                    + "It was not followed; ask the registry's operator.",
                first.Authority);
        }

        if (_seen.Count >= MaximumPages || !_seen.Add(DigestOf(next)))
        {
            throw new OciException(
                OciErrorCode.RegistryProtocol,
                $"{first.Authority} sends a list whose pages do not end. It was given up after {_seen.Count} pages; "
                    + "ask the registry's operator.",
                first.Authority);
        }

        return next;
    }

    private static Digest DigestOf(Uri page) => Digest.Compute(Encoding.UTF8.GetBytes(page.AbsoluteUri));

    private static string? TargetOf(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Link", out IEnumerable<string>? values))
            return null;

        foreach (string link in values)
        {
            int start = link.IndexOf('<', StringComparison.Ordinal);
            int end = link.IndexOf('>', start + 1);
            if (start >= 0 && end > start && HasRelationNext(link[(end + 1)..]))
                return link[(start + 1)..end];
        }

        return null;
    }

    private static bool HasRelationNext(string parameters) => parameters
        .Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(parameter => parameter.Split('=', 2, StringSplitOptions.TrimEntries))
        .Any(parameter => parameter is [var name, var value]
            && name.Equals("rel", StringComparison.OrdinalIgnoreCase)
            && value.Trim('"').Equals("next", StringComparison.OrdinalIgnoreCase));
}
