using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>/v2/{name}/manifests/{tag or digest}.</summary>
internal sealed class ManifestEndpoint(TestRegistryOptions options, RegistryStorage storage)
{
    private const long MaximumLength = 4 * 1024 * 1024;

    public Task HandleAsync(HttpContext context, Route route) => context.Request.Method switch
    {
        "GET" or "HEAD" => SendAsync(context, route),
        "PUT" => PutAsync(context, route),
        "DELETE" => DeleteAsync(context, route),
        _ => throw ApiException.Unsupported(),
    };

    private Task SendAsync(HttpContext context, Route route)
    {
        StoredManifest manifest = storage.Find(route.Repository).Find(route.Argument)
            ?? throw ApiException.ManifestUnknown(route.Argument);
        context.Response.Headers["Docker-Content-Digest"] = manifest.Digest.ToString();
        return context.SendAsync(manifest.Bytes, manifest.MediaType);
    }

    private async Task PutAsync(HttpContext context, Route route)
    {
        bool byDigest = Digest.TryParse(route.Argument, out Digest? expected);
        if (!byDigest && !Route.Tag().IsMatch(route.Argument))
            throw new ApiException(400, "TAG_INVALID", "the tag is not valid");

        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        if (body.Length > MaximumLength)
            throw new ApiException(413, "SIZE_INVALID", $"a manifest has at most {MaximumLength} bytes");

        string mediaType = context.Request.ContentType
            ?? throw new ApiException(400, "MANIFEST_INVALID", "no Content-Type");
        StoredManifest manifest =
            StoredManifest.Create(body.ToArray(), mediaType, expected?.Algorithm ?? Digest.Sha256);
        if (byDigest && !manifest.Digest.Equals(expected))
            throw ApiException.DigestInvalid(route.Argument);

        Repository repository = storage.Get(route.Repository);
        Validate(manifest, repository);
        repository.Put(manifest, byDigest ? null : route.Argument);

        HttpResponse response = context.Response;
        response.StatusCode = 201;
        response.Headers["Docker-Content-Digest"] = manifest.Digest.ToString();
        response.Headers.Location =
            context.Location(options, $"/v2/{route.Repository}/manifests/{manifest.Digest}");
        if (options.Referrers && manifest.Subject is Digest subject)
            response.Headers["OCI-Subject"] = subject.ToString();
    }

    private Task DeleteAsync(HttpContext context, Route route)
    {
        if (!options.Deletes)
            throw ApiException.Unsupported();
        Repository repository = storage.Find(route.Repository);
        bool removed = Digest.TryParse(route.Argument, out Digest? digest)
            ? repository.Remove(digest)
            : repository.Tags.TryRemove(route.Argument, out _);
        if (!removed)
            throw ApiException.ManifestUnknown(route.Argument);
        context.Response.StatusCode = 202;
        return Task.CompletedTask;
    }

    private void Validate(StoredManifest manifest, Repository repository)
    {
        JsonObject json = manifest.Json ?? throw Invalid("it is no JSON object");
        if (json["mediaType"]?.GetValue<string>() is string mediaType && mediaType != manifest.MediaType)
            throw Invalid($"its mediaType {mediaType} contradicts the Content-Type {manifest.MediaType}");
        if (json.ContainsKey("manifests") && json.ContainsKey("layers"))
            throw Invalid("it is both an index and a manifest");
        if (MediaTypes.IsSchema1(manifest.MediaType) && !options.Schema1)
            throw Invalid("schema 1 is not supported");
        if (options.AllowsMissingReferences)
            return;

        foreach (JsonObject layer in Objects(json["fsLayers"]))
        {
            if (!Digest.TryParse(layer["blobSum"]?.GetValue<string>(), out Digest? blob)
                || !repository.Blobs.ContainsKey(blob))
                throw new ApiException(400, "MANIFEST_BLOB_UNKNOWN", $"there is no blob {layer["blobSum"]}");
        }

        foreach (JsonObject child in Objects(json["manifests"]))
        {
            if (!repository.Manifests.ContainsKey(DigestOf(child)))
                throw Unknown(child);
        }

        foreach (JsonObject blob in Objects(json["config"]).Concat(Objects(json["layers"])))
        {
            bool elsewhere =
                MediaTypes.IsExternalLayer(blob["mediaType"]?.GetValue<string>()) && blob["urls"] is not null;
            if (!elsewhere && !repository.Blobs.ContainsKey(DigestOf(blob)))
                throw Unknown(blob);
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => node switch
    {
        JsonArray array => array.OfType<JsonObject>(),
        JsonObject single => [single],
        _ => [],
    };

    private static Digest DigestOf(JsonObject descriptor) =>
        Digest.TryParse(descriptor["digest"]?.GetValue<string>(), out Digest? digest)
            ? digest
            : throw Invalid("a descriptor has no valid digest");

    private static ApiException Invalid(string reason) => new(400, "MANIFEST_INVALID", $"bad manifest: {reason}");

    // Manifests are reported with the same code as blobs (distribution specification 1.1, code-1).
    private static ApiException Unknown(JsonObject descriptor) =>
        new(400, "MANIFEST_BLOB_UNKNOWN", $"the manifest refers to {descriptor["digest"]}, which is not here");
}
