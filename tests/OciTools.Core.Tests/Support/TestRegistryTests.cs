using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using OciTools.Testing;

namespace OciTools.Tests.Support;

public sealed class TestRegistryTests
{
    private static readonly byte[] s_blob = Encoding.ASCII.GetBytes("0123456789");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_blob_is_served_whole_and_in_ranges()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        Descriptor blob = registry.AddBlob("a/b", s_blob);
        string path = $"/v2/a/b/blobs/{blob.Digest}";

        Assert.Equal(s_blob, await client.GetByteArrayAsync(path, Cancel));
        using HttpResponseMessage middle = await GetRangeAsync(client, path, 2, 4);
        Assert.Equal(HttpStatusCode.PartialContent, middle.StatusCode);
        Assert.Equal("bytes 2-4/10", middle.Content.Headers.ContentRange!.ToString());
        Assert.Equal("234", await middle.Content.ReadAsStringAsync(Cancel));
        using HttpResponseMessage end = await GetRangeAsync(client, path, 7, null);
        Assert.Equal("789", await end.Content.ReadAsStringAsync(Cancel));
        using HttpResponseMessage suffix = await GetRangeAsync(client, path, null, 2);
        Assert.Equal("89", await suffix.Content.ReadAsStringAsync(Cancel));
        using HttpResponseMessage beyond = await GetRangeAsync(client, path, 10, null);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        Assert.Equal("bytes */10", beyond.Content.Headers.ContentRange!.ToString());
        Assert.Equal([200, 206, 206, 206, 416], registry.Requests.Select(r => r.Status));
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(0, true)]
    public async Task A_blob_is_uploaded_in_chunks_in_order(long memoryLimit, bool absolute)
    {
        await using var registry = await TestRegistry.StartAsync(
            new TestRegistryOptions { MemoryLimit = memoryLimit, AbsoluteLocations = absolute });
        using var client = new HttpClient { BaseAddress = registry.Url };
        using HttpResponseMessage start = await client.PostAsync("/v2/a/blobs/uploads/", null, Cancel);
        Uri location = start.Headers.Location!;
        Assert.Equal(absolute, location.IsAbsoluteUri);

        Assert.Equal(HttpStatusCode.Accepted, await PatchAsync(client, location, "0-3", "0123"));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, await PatchAsync(client, location, "5-6", "56"));
        Assert.Equal(HttpStatusCode.Accepted, await PatchAsync(client, location, "4-6", "456"));
        using HttpResponseMessage status = await client.GetAsync(location, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, status.StatusCode);
        Assert.Equal("0-6", status.Headers.GetValues("Range").Single());

        var digest = Digest.Compute(s_blob, Digest.Sha512);
        using HttpResponseMessage end = await client.PutAsync(
            $"{location}&digest={digest}", new StringContent("789"), Cancel);
        Assert.Equal(HttpStatusCode.Created, end.StatusCode);
        Assert.Equal(s_blob, registry.GetBlob("a", digest));
    }

    [Fact]
    public async Task A_blob_with_another_digest_is_refused()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        using HttpResponseMessage response = await client.PostAsync(
            $"/v2/a/blobs/uploads/?digest={Digest.Compute(s_blob)}", new StringContent("other"), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("DIGEST_INVALID", await CodeAsync(response));
    }

    [Fact]
    public async Task A_manifest_is_kept_to_the_byte_and_refused_while_its_blobs_are_missing()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        var digest = Digest.Compute(s_blob);
        byte[] manifest = Encoding.UTF8.GetBytes(
            $$"""{ "schemaVersion": 2,  "config": {"mediaType":"x","size":10,"digest":"{{digest}}"}, "layers": [] }""");

        using HttpResponseMessage refused = await PutManifestAsync(client, "/v2/a/manifests/v1", manifest);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("MANIFEST_BLOB_UNKNOWN", await CodeAsync(refused));

        registry.AddBlob("a", s_blob);
        using HttpResponseMessage taken = await PutManifestAsync(client, "/v2/a/manifests/v1", manifest);
        Assert.Equal(HttpStatusCode.Created, taken.StatusCode);
        using HttpResponseMessage read = await client.GetAsync($"/v2/a/manifests/{Digest.Compute(manifest)}", Cancel);
        Assert.Equal(manifest, await read.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(MediaTypes.OciManifest, read.Content.Headers.ContentType!.ToString());
        Assert.Equal(["v1"], registry.GetTags("a"));
    }

    [Fact]
    public async Task Bearer_tokens_are_checked_for_their_scope()
    {
        await using var registry = await TestRegistry.StartAsync(
            new TestRegistryOptions { Auth = RegistryAuth.Bearer, AnonymousPull = true });
        using var client = new HttpClient { BaseAddress = registry.Url };
        Descriptor blob = registry.AddBlob("a", s_blob);
        string path = $"/v2/a/blobs/{blob.Digest}";

        using HttpResponseMessage challenged = await client.GetAsync(path, Cancel);
        AuthenticationHeaderValue challenge = challenged.Headers.WwwAuthenticate.Single();
        Assert.Equal("Bearer", challenge.Scheme);
        Assert.Equal(
            $"realm=\"{registry.Url}token\",service=\"{registry.Host}\",scope=\"repository:a:pull\"",
            challenge.Parameter);

        JsonObject? answer = await client.GetFromJsonAsync<JsonObject>(
            "/token?service=x&scope=repository:a:pull,push", Cancel);
        client.DefaultRequestHeaders.Authorization = new("Bearer", answer!["token"]!.GetValue<string>());
        Assert.Equal(s_blob, await client.GetByteArrayAsync(path, Cancel));
        using HttpResponseMessage push = await client.PostAsync("/v2/a/blobs/uploads/", null, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, push.StatusCode);
        Assert.Contains("error=\"insufficient_scope\"", push.Headers.WwwAuthenticate.Single().Parameter);

        registry.RevokeTokens();
        using HttpResponseMessage revoked = await client.GetAsync(path, Cancel);
        Assert.Contains("error=\"invalid_token\"", revoked.Headers.WwwAuthenticate.Single().Parameter);
    }

    private static async Task<HttpResponseMessage> GetRangeAsync(HttpClient client, string path, long? from, long? to)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Range = new RangeHeaderValue(from, to);
        return await client.SendAsync(request, Cancel);
    }

    private static async Task<HttpStatusCode> PatchAsync(HttpClient client, Uri location, string range, string body)
    {
        using var content = new StringContent(body);
        content.Headers.TryAddWithoutValidation("Content-Range", range);
        using HttpResponseMessage response = await client.PatchAsync(location, content, Cancel);
        return response.StatusCode;
    }

    private static async Task<HttpResponseMessage> PutManifestAsync(HttpClient client, string path, byte[] manifest)
    {
        using var content = new ByteArrayContent(manifest);
        content.Headers.ContentType = new MediaTypeHeaderValue(MediaTypes.OciManifest);
        return await client.PutAsync(path, content, Cancel);
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!["errors"]![0]!["code"]!.GetValue<string>();
}
