using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>Tags, repositories and referrers, in pages.</summary>
internal sealed class ListEndpoint(TestRegistryOptions options, RegistryStorage storage)
{
    public Task SendCatalogAsync(HttpContext context)
    {
        RequireGet(context);
        List<string> page = Page(context, storage.Repositories.Keys);
        return context.SendJsonAsync(new JsonObject { ["repositories"] = Array(page) });
    }

    public Task SendTagsAsync(HttpContext context, Route route)
    {
        RequireGet(context);
        List<string> page = Page(context, storage.Find(route.Repository).Tags.Keys);
        return context.SendJsonAsync(new JsonObject { ["name"] = route.Repository, ["tags"] = Array(page) });
    }

    public Task SendReferrersAsync(HttpContext context, Route route)
    {
        RequireGet(context);
        if (!options.Referrers)
            throw new ApiException(404, "UNSUPPORTED", "no such endpoint");
        if (!Digest.TryParse(route.Argument, out Digest? subject))
            throw ApiException.DigestInvalid(route.Argument);

        // An unknown subject, or repository, has no referrers: that is no error ("Listing Referrers").
        Repository? repository = storage.Repositories.GetValueOrDefault(route.Repository);
        Dictionary<string, StoredManifest> referrers = (repository?.Manifests.Values ?? [])
            .Where(manifest => subject.Equals(manifest.Subject))
            .ToDictionary(manifest => manifest.Digest.ToString());
        string? type = context.Request.Query["artifactType"];
        if (type is not null && options.FiltersReferrers)
        {
            referrers = referrers.Where(r => r.Value.ArtifactType == type).ToDictionary();
            context.Response.Headers["OCI-Filters-Applied"] = "artifactType";
        }

        var index = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciIndex,
            ["manifests"] = new JsonArray([.. Page(context, referrers.Keys).Select(d => referrers[d].ToReferrer())]),
        };
        return context.SendJsonAsync(index, contentType: MediaTypes.OciIndex);
    }

    /// <summary>The page that was asked for, in ordinal order, with a Link to the next when there is one.</summary>
    private List<string> Page(HttpContext context, IEnumerable<string> all)
    {
        IQueryCollection query = context.Request.Query;
        int limit = options.PageSize ?? int.MaxValue;
        if (query.TryGetValue("n", out var n))
        {
            if (!int.TryParse(n, out int wanted) || wanted < 0)
                throw new ApiException(400, "PAGINATION_NUMBER_INVALID", "n is a number, zero or more");
            limit = Math.Min(limit, wanted);
        }

        string? last = query["last"];
        List<string> rest = [.. all.Where(name => string.CompareOrdinal(name, last) > 0).Order(StringComparer.Ordinal)];
        if (limit > 0 && rest.Count > limit)
        {
            QueryString next = new QueryString().Add("n", limit.ToString()).Add("last", rest[limit - 1]);
            if (query.TryGetValue("artifactType", out var type))
                next = next.Add("artifactType", type.ToString());
            context.Response.Headers.Link =
                $"<{context.Location(options, context.Request.Path + next)}>; rel=\"next\"";
        }

        return [.. rest.Take(limit)];
    }

    private static JsonArray Array(IEnumerable<string> names) => new([.. names.Select(n => JsonValue.Create(n))]);

    private static void RequireGet(HttpContext context)
    {
        if (context.Request.Method != "GET")
            throw ApiException.Unsupported();
    }
}
