using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>/v2/{name}/blobs/uploads/ and what it leads to.</summary>
internal sealed class UploadEndpoint(TestRegistryOptions options, RegistryStorage storage, AccessControl access)
{
    public async Task StartAsync(HttpContext context, Route route)
    {
        if (context.Request.Method != "POST")
            throw ApiException.Unsupported();

        IQueryCollection query = context.Request.Query;
        Repository repository = storage.Get(route.Repository);
        if (options.Mounts && Digest.TryParse(query["mount"], out Digest? mount)
            && FindMountable(context, query["from"], mount) is StoredBlob blob)
        {
            repository.Blobs[mount] = blob;
            Created(context, route, mount);
            return;
        }

        var session = new UploadSession(route.Repository, storage.Directory, options.MemoryLimit);
        storage.Uploads[session.Id] = session;
        if (options.MonolithicPost && query.ContainsKey("digest"))
        {
            await session.AppendAsync(context.Request.Body, context.RequestAborted);
            Complete(context, route, session);
            return;
        }

        Accepted(context, session, 202);
        if (options.MinimumChunkLength is long minimum)
            context.Response.Headers["OCI-Chunk-Min-Length"] = minimum.ToString();
    }

    public async Task HandleAsync(HttpContext context, Route route)
    {
        if (!storage.Uploads.TryGetValue(route.Argument, out UploadSession? session)
            || session.Repository != route.Repository
            || session.State != context.Request.Query["_state"])
        {
            throw new ApiException(404, "BLOB_UPLOAD_UNKNOWN", "no such upload, or its Location was not used as given");
        }

        await session.Gate.WaitAsync(context.RequestAborted);
        try
        {
            await HandleAsync(context, route, session);
        }
        finally
        {
            session.Gate.Release();
        }
    }

    private async Task HandleAsync(HttpContext context, Route route, UploadSession session)
    {
        switch (context.Request.Method)
        {
            case "GET":
                Accepted(context, session, 204);
                break;
            case "PATCH" when options.ChunkedUploads:
                await AppendAsync(context, session);
                Accepted(context, session, 202);
                break;
            case "PUT":
                if (context.Request.ContentLength is not (null or 0))
                    CheckRange(context, session);
                await session.AppendAsync(context.Request.Body, context.RequestAborted);
                Complete(context, route, session);
                break;
            case "DELETE":
                storage.Uploads.TryRemove(session.Id, out _);
                session.Dispose();
                context.Response.StatusCode = 204;
                break;
            default:
                throw ApiException.Unsupported();
        }
    }

    private async Task AppendAsync(HttpContext context, UploadSession session)
    {
        CheckRange(context, session);
        if (session.LastChunkLength < options.MinimumChunkLength)
        {
            throw new ApiException(
                400, "SIZE_INVALID", $"every chunk but the last has at least {options.MinimumChunkLength} bytes");
        }

        long before = session.Length;
        try
        {
            await session.AppendAsync(context.Request.Body, context.RequestAborted);
        }
        finally
        {
            session.LastChunkLength = session.Length - before;
        }
    }

    private void CheckRange(HttpContext context, UploadSession session)
    {
        // The form of uploads is "0-99", without a unit; "bytes 0-99/*" is taken as well.
        string header = context.Request.Headers.ContentRange.ToString();
        if (header.Length == 0)
            return;
        if (!header.StartsWith("bytes ", StringComparison.Ordinal))
            header = $"bytes {header}/*";
        if (!ContentRangeHeaderValue.TryParse(header, out ContentRangeHeaderValue? range) || !range.HasRange)
            throw new ApiException(400, "BLOB_UPLOAD_INVALID", $"bad Content-Range {header}");
        if (context.Request.ContentLength is long length && range.To - range.From + 1 != length)
            throw new ApiException(400, "SIZE_INVALID", "Content-Range and Content-Length contradict each other");
        if (range.From != session.Length)
        {
            Accepted(context, session, 416);
            throw new ApiException(416, "BLOB_UPLOAD_INVALID", $"the upload has {session.Length} bytes so far");
        }
    }

    private void Complete(HttpContext context, Route route, UploadSession session)
    {
        if (!Digest.TryParse(context.Request.Query["digest"], out Digest? digest))
            throw ApiException.DigestInvalid(context.Request.Query["digest"]);
        storage.Uploads.TryRemove(session.Id, out _);
        using (session)
            storage.Get(route.Repository).Blobs[digest] = session.Complete(digest);
        Created(context, route, digest);
    }

    /// <summary>The blob to mount; without a repository to take it from, wherever it is ("cross-repo mount").</summary>
    private StoredBlob? FindMountable(HttpContext context, string? from, Digest digest)
    {
        IEnumerable<string> sources = string.IsNullOrEmpty(from) ? storage.Repositories.Keys : [from];
        return sources
            .Where(name => access.MayPull(context, name))
            .Select(name => storage.Repositories.GetValueOrDefault(name)?.Blobs.GetValueOrDefault(digest))
            .FirstOrDefault(blob => blob is not null);
    }

    private void Accepted(HttpContext context, UploadSession session, int status)
    {
        HttpResponse response = context.Response;
        response.StatusCode = status;
        response.Headers["Docker-Upload-UUID"] = session.Id;
        response.Headers.Range = $"0-{Math.Max(0, session.Length - 1)}";
        response.Headers.Location = context.Location(
            options, $"/v2/{session.Repository}/blobs/uploads/{session.Id}?_state={session.State}");
    }

    private void Created(HttpContext context, Route route, Digest digest)
    {
        context.Response.StatusCode = 201;
        context.Response.Headers["Docker-Content-Digest"] = digest.ToString();
        context.Response.Headers.Location = context.Location(options, $"/v2/{route.Repository}/blobs/{digest}");
    }
}
