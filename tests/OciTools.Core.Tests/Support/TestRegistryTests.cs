using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
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

    [Fact]
    public async Task Refresh_tokens_and_passwords_are_exchanged_by_post()
    {
        await using var registry = await TestRegistry.StartAsync(
            new TestRegistryOptions { Auth = RegistryAuth.Bearer, TokenLifetime = TimeSpan.FromSeconds(90) });
        using var client = new HttpClient { BaseAddress = registry.Url };
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "password",
            ["username"] = registry.Options.UserName,
            ["password"] = registry.Options.Password,
            ["access_type"] = "offline",
            ["scope"] = "repository:a:pull repository:b:pull,push",
        };

        JsonObject first = await PostTokenAsync(client, form);
        form["grant_type"] = "refresh_token";
        form["refresh_token"] = first["refresh_token"]!.GetValue<string>();
        JsonObject second = await PostTokenAsync(client, form);

        Assert.Equal(90, second["expires_in"]!.GetValue<int>());
        client.DefaultRequestHeaders.Authorization = new("Bearer", second["access_token"]!.GetValue<string>());
        using HttpResponseMessage start = await client.PostAsync("/v2/b/blobs/uploads/", null, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, start.StatusCode);
        Assert.Equal(["password", "refresh_token"], registry.TokenRequests.Select(r => r.Form["grant_type"]));
    }

    [Fact]
    public async Task Token_requests_with_a_wrong_password_or_without_one_are_refused()
    {
        await using var registry = await TestRegistry.StartAsync(
            new TestRegistryOptions { Auth = RegistryAuth.Bearer });
        using var client = new HttpClient { BaseAddress = registry.Url };

        using HttpResponseMessage without = await client.GetAsync("/token?scope=repository:a:pull", Cancel);
        client.DefaultRequestHeaders.Authorization =
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{registry.Options.UserName}:wrong")));
        using HttpResponseMessage wrong = await client.GetAsync("/token?scope=repository:a:pull", Cancel);

        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.Created)]
    [InlineData(false, HttpStatusCode.Accepted)]
    public async Task A_blob_is_mounted_from_another_repository(bool mounts, HttpStatusCode expected)
    {
        await using var registry = await TestRegistry.StartAsync(new TestRegistryOptions { Mounts = mounts });
        using var client = new HttpClient { BaseAddress = registry.Url };
        Descriptor blob = registry.AddBlob("a", s_blob);

        using HttpResponseMessage response =
            await client.PostAsync($"/v2/b/blobs/uploads/?mount={blob.Digest}&from=a", null, Cancel);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(mounts ? s_blob : null, registry.GetBlob("b", blob.Digest));
    }

    [Fact]
    public async Task A_short_chunk_can_only_be_the_last()
    {
        await using var registry = await TestRegistry.StartAsync(new TestRegistryOptions { MinimumChunkLength = 4 });
        using var client = new HttpClient { BaseAddress = registry.Url };
        using HttpResponseMessage start = await client.PostAsync("/v2/a/blobs/uploads/", null, Cancel);
        Uri location = start.Headers.Location!;

        Assert.Equal("4", start.Headers.GetValues("OCI-Chunk-Min-Length").Single());
        Assert.Equal(HttpStatusCode.Accepted, await PatchAsync(client, location, "0-3", "0123"));
        Assert.Equal(HttpStatusCode.Accepted, await PatchAsync(client, location, "4-5", "45"));
        Assert.Equal(HttpStatusCode.BadRequest, await PatchAsync(client, location, "6-9", "6789"));
    }

    [Fact]
    public async Task A_location_that_was_changed_leads_nowhere()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        using HttpResponseMessage start = await client.PostAsync("/v2/a/blobs/uploads/", null, Cancel);
        string location = start.Headers.Location!.ToString();

        string changed = $"{location[..location.IndexOf('?')]}?digest={Digest.Compute(s_blob)}";
        using HttpResponseMessage response =
            await client.PutAsync(changed, new ByteArrayContent(s_blob), Cancel);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("BLOB_UPLOAD_UNKNOWN", await CodeAsync(response));
    }

    [Fact]
    public async Task Tags_and_repositories_come_in_pages()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        TestImage image = TestImages.Single();
        foreach (string tag in (string[])["c", "a", "b"])
            image.AddTo(registry, "x", tag);
        image.AddTo(registry, "y");

        using HttpResponseMessage first = await client.GetAsync("/v2/x/tags/list?n=2", Cancel);
        Assert.Equal("""{"name":"x","tags":["a","b"]}""", await first.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("</v2/x/tags/list?n=2&last=b>; rel=\"next\"", first.Headers.GetValues("Link").Single());
        using HttpResponseMessage second = await client.GetAsync("/v2/x/tags/list?n=2&last=b", Cancel);
        Assert.Equal("""{"name":"x","tags":["c"]}""", await second.Content.ReadAsStringAsync(Cancel));
        Assert.False(second.Headers.Contains("Link"));
        Assert.Equal("""{"repositories":["x","y"]}""", await client.GetStringAsync("/v2/_catalog", Cancel));
    }

    [Fact]
    public async Task Referrers_are_listed_filtered_and_paged_or_not_there_at_all()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        TestImage subject = TestImages.Single().AddTo(registry, "a");
        TestImage one = TestImages.Referrer(subject, 1, "application/one").AddTo(registry, "a", tag: null);
        TestImage two = TestImages.Referrer(subject, 2, "application/two").AddTo(registry, "a", tag: null);
        string path = $"/v2/a/referrers/{subject.Root.Digest}";

        Assert.Equal(
            new[] { one, two }.Select(r => r.Root.Digest.ToString()).Order(StringComparer.Ordinal),
            (await GetReferrersAsync(client, path)).Digests);
        string filtered = $"{path}?artifactType=application%2Ftwo";
        Assert.Equal([two.Root.Digest.ToString()], (await GetReferrersAsync(client, filtered)).Digests);
        registry.Options.PageSize = 1;
        (List<string> page, string? link) = await GetReferrersAsync(client, path);
        Assert.Single(page);
        Assert.StartsWith($"<{path}?n=1&last=", link);

        using HttpResponseMessage put = await PutManifestAsync(client, "/v2/a/manifests/again", one.RootBytes);
        Assert.Equal(subject.Root.Digest.ToString(), put.Headers.GetValues("OCI-Subject").Single());
        registry.Options.Referrers = false;
        using HttpResponseMessage gone = await client.GetAsync(path, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        using HttpResponseMessage silent = await PutManifestAsync(client, "/v2/a/manifests/again", one.RootBytes);
        Assert.False(silent.Headers.Contains("OCI-Subject"));
    }

    [Fact]
    public async Task Deleting_a_tag_leaves_the_manifest_and_deleting_the_manifest_takes_its_tags()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        TestImage image = TestImages.Single().AddTo(registry, "a", "one").AddTo(registry, "a", "two");

        using HttpResponseMessage tag = await client.DeleteAsync("/v2/a/manifests/one", Cancel);
        Assert.Equal(HttpStatusCode.Accepted, tag.StatusCode);
        Assert.NotNull(registry.GetManifest("a", image.Root.Digest.ToString()));
        using HttpResponseMessage manifest = await client.DeleteAsync($"/v2/a/manifests/{image.Root.Digest}", Cancel);
        Assert.Equal(HttpStatusCode.Accepted, manifest.StatusCode);
        Assert.Empty(registry.GetTags("a"));
    }

    [Fact]
    public async Task A_file_is_served_as_a_blob()
    {
        await using var registry = await TestRegistry.StartAsync();
        using var client = new HttpClient { BaseAddress = registry.Url };
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory.Combine("blob"), s_blob, Cancel);

        Descriptor blob = registry.AddBlobFile("a", directory.Combine("blob"));

        Assert.Equal(Digest.Compute(s_blob), blob.Digest);
        using HttpResponseMessage part = await GetRangeAsync(client, $"/v2/a/blobs/{blob.Digest}", 3, 5);
        Assert.Equal("345", await part.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Https_is_trusted_through_the_authority_and_asks_for_a_client_certificate()
    {
        await using var registry = await TestRegistry.StartAsync(
            new TestRegistryOptions { Tls = true, RequireClientCertificate = true });
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(registry.Certificates.AuthorityPath) },
        };
        using var client = new HttpClient(handler, disposeHandler: false) { BaseAddress = registry.Url };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/v2/", Cancel));

        using var known = new SocketsHttpHandler();
        known.SslOptions.CertificateChainPolicy = handler.SslOptions.CertificateChainPolicy;
        known.SslOptions.ClientCertificates = [registry.Certificates.Client];
        using var admitted = new HttpClient(known) { BaseAddress = registry.Url };
        Assert.Equal("{}", await admitted.GetStringAsync("/v2/", Cancel));
    }

    private static async Task<JsonObject> PostTokenAsync(HttpClient client, Dictionary<string, string> form)
    {
        using HttpResponseMessage response =
            await client.PostAsync("/token", new FormUrlEncodedContent(form), Cancel);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
    }

    private static async Task<(List<string> Digests, string? Link)> GetReferrersAsync(HttpClient client, string path)
    {
        using HttpResponseMessage response = await client.GetAsync(path, Cancel);
        JsonObject index = (await response.Content.ReadFromJsonAsync<JsonObject>(Cancel))!;
        Assert.Equal(MediaTypes.OciIndex, response.Content.Headers.ContentType!.ToString());
        return (
            [.. index["manifests"]!.AsArray().Select(m => m!["digest"]!.GetValue<string>())],
            response.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single() : null);
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
