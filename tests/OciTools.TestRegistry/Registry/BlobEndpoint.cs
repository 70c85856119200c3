using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>/v2/{name}/blobs/{digest}.</summary>
internal sealed class BlobEndpoint(TestRegistryOptions options, RegistryStorage storage)
{
    public Task HandleAsync(HttpContext context, Route route)
    {
        if (!Digest.TryParse(route.Argument, out Digest? digest))
            throw ApiException.DigestInvalid(route.Argument);
        Repository repository = storage.Find(route.Repository);
        StoredBlob blob = repository.Blobs.GetValueOrDefault(digest) ?? throw ApiException.BlobUnknown(route.Argument);
        switch (context.Request.Method)
        {
            case "GET" or "HEAD":
                context.Response.Headers["Docker-Content-Digest"] = digest.ToString();
                return context.SendBlobAsync(blob, "application/octet-stream");
            case "DELETE" when options.Deletes:
                repository.Blobs.TryRemove(digest, out _);
                context.Response.StatusCode = 202;
                return Task.CompletedTask;
            default:
                throw ApiException.Unsupported();
        }
    }
}
