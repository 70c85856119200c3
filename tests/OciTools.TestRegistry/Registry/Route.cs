using System.Text.RegularExpressions;

namespace OciTools.Testing;

/// <summary>A path below /v2/, taken apart.</summary>
internal sealed partial record Route(RouteKind Kind, string Repository = "", string Argument = "")
{
    private static readonly (string Infix, RouteKind Kind)[] s_infixes =
    [
        ("/blobs/uploads/", RouteKind.Upload),
        ("/blobs/", RouteKind.Blob),
        ("/manifests/", RouteKind.Manifest),
        ("/referrers/", RouteKind.Referrers),
        ("/tags/list", RouteKind.Tags),
    ];

    /// <summary>Takes a path apart; null when it is no endpoint of a registry.</summary>
    public static Route? Parse(string path)
    {
        if (path is "/v2/" or "/v2")
            return new Route(RouteKind.Base);
        if (!path.StartsWith("/v2/", StringComparison.Ordinal))
            return null;
        if (path == "/v2/_catalog")
            return new Route(RouteKind.Catalog);

        string rest = path["/v2/".Length..];
        foreach ((string infix, RouteKind kind) in s_infixes)
        {
            int at = rest.LastIndexOf(infix, StringComparison.Ordinal);
            if (at < 0)
                continue;
            string repository = rest[..at];
            if (!RepositoryName().IsMatch(repository))
                throw new ApiException(400, "NAME_INVALID", "the name of the repository is not valid");
            string argument = rest[(at + infix.Length)..];
            return new Route(
                kind == RouteKind.Upload && argument.Length == 0 ? RouteKind.UploadStart : kind, repository, argument);
        }

        // distribution takes a POST to /blobs/uploads without its slash as well.
        const string Start = "/blobs/uploads";
        return rest.EndsWith(Start, StringComparison.Ordinal)
            ? new Route(RouteKind.UploadStart, rest[..^Start.Length])
            : null;
    }

    [GeneratedRegex(@"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z")]
    private static partial Regex RepositoryName();

    [GeneratedRegex(@"^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\z")]
    public static partial Regex Tag();
}
