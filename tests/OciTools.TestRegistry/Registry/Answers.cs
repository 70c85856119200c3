using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>The forms of answers that endpoints share.</summary>
internal static class Answers
{
    public static Task SendJsonAsync(
        this HttpContext context, JsonNode json, int status = 200, string contentType = "application/json") =>
        context.SendAsync(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString()), contentType, status);

    public static async Task SendAsync(
        this HttpContext context, ReadOnlyMemory<byte> body, string contentType, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.SendBodyAsync(new StoredBlob(body), 0, body.Length);
    }

    public static Task SendErrorAsync(this HttpContext context, int status, string code, string message)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message, ["detail"] = null };
        return context.SendJsonAsync(new JsonObject { ["errors"] = new JsonArray(error) }, status);
    }

    /// <summary>Sends a blob, or the range of it that was asked for (RFC 9110, section 14).</summary>
    public static async Task SendBlobAsync(this HttpContext context, StoredBlob blob, string contentType)
    {
        HttpResponse response = context.Response;
        response.ContentType = contentType;
        response.Headers.AcceptRanges = "bytes";
        long first = 0;
        long count = blob.Length;
        if (SingleRange(context.Request) is RangeItemHeaderValue range)
        {
            first = range.From ?? Math.Max(0, blob.Length - range.To!.Value);
            long last = range.From is null ? blob.Length - 1 : Math.Min(range.To ?? long.MaxValue, blob.Length - 1);
            if (first > last)
            {
                response.Headers.ContentRange = $"bytes */{blob.Length}";
                throw new ApiException(416, "RANGE_INVALID", $"the blob has {blob.Length} bytes");
            }

            count = last - first + 1;
            response.StatusCode = 206;
            response.Headers.ContentRange = $"bytes {first}-{last}/{blob.Length}";
        }

        response.ContentLength = count;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.SendBodyAsync(blob, first, count);
    }

    private static async Task SendBodyAsync(this HttpContext context, StoredBlob blob, long first, long count)
    {
        await context.Response.StartAsync(context.RequestAborted);
        await blob.WriteToAsync(context.Response.BodyWriter, first, count, context.RequestAborted);
    }

    // A server may ignore what it does not like, several ranges for instance.
    private static RangeItemHeaderValue? SingleRange(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && RangeHeaderValue.TryParse(request.Headers.Range, out RangeHeaderValue? range)
        && range is { Unit: "bytes", Ranges.Count: 1 }
            ? range.Ranges.First()
            : null;
}
