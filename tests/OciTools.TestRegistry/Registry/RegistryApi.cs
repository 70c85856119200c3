using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>The endpoints below /v2/ (OCI distribution specification 1.1, "Endpoints").</summary>
internal sealed class RegistryApi(TestRegistryOptions options, RegistryStorage storage, AccessControl access)
{
    private readonly ManifestEndpoint _manifests = new(options, storage);
    private readonly BlobEndpoint _blobs = new(options, storage);
    private readonly UploadEndpoint _uploads = new(options, storage, access);
    private readonly ListEndpoint _lists = new(options, storage);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            Route route = Route.Parse(context.Request.Path.Value ?? "")
                ?? throw new ApiException(404, "UNSUPPORTED", "no such endpoint");
            context.Response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
            if (await access.AdmitAsync(context, route))
                await DispatchAsync(context, route);
        }
        catch (ApiException exception)
        {
            await context.SendErrorAsync(exception.Status, exception.Code, exception.Message);
        }
    }

    private Task DispatchAsync(HttpContext context, Route route) => route.Kind switch
    {
        RouteKind.Base => context.SendAsync("{}"u8.ToArray(), "application/json"),
        RouteKind.Catalog => _lists.SendCatalogAsync(context),
        RouteKind.Tags => _lists.SendTagsAsync(context, route),
        RouteKind.Referrers => _lists.SendReferrersAsync(context, route),
        RouteKind.Manifest => _manifests.HandleAsync(context, route),
        RouteKind.Blob => _blobs.HandleAsync(context, route),
        RouteKind.UploadStart => _uploads.StartAsync(context, route),
        RouteKind.Upload => _uploads.HandleAsync(context, route),
        _ => throw new InvalidOperationException($"No endpoint handles {route}."),
    };
}
