using System.Text;
using OciTools.Registry;
using OciTools.Testing;

namespace OciTools.Tests.Registry;

public sealed class RegistryStoreTests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
    private TestRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ImageReference Latest => ImageReference.Parse(_registry.Reference("app"));

    public async ValueTask InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Resolves_a_tag_in_one_request_that_names_itself()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");

        RawDocument document = await Store().ResolveAsync(Latest, Token);
        Assert.Equal(image.RootBytes, document.Bytes.ToArray());
        Assert.Equal(image.Root.Digest, document.Digest);
        RecordedRequest request = Assert.Single(_registry.Requests);
        Assert.StartsWith("OciTools/", request.Header("User-Agent"));
        Assert.Contains(MediaTypes.OciIndex, request.Header("Accept"));
        Assert.Contains(MediaTypes.DockerManifestSchema1Signed, request.Header("Accept"));
    }

    [Fact]
    public async Task Fetches_each_document_once_in_a_session()
    {
        TestImage image = TestImages.MultiPlatform().AddTo(_registry, "app");
        RawDocument root = await Store().ResolveAsync(Latest, Token);
        await Store().ResolveAsync(Latest.WithDigest(root.Digest), Token);
        foreach (int _ in Enumerable.Range(0, 2))
            await Store().ReadDocumentAsync(root.Index!.Manifests[0], Token);

        Assert.Equal(2, _registry.Requests.Count);
        // Another repository may hold it or not: only its own answer tells.
        await Assert.ThrowsAsync<RegistryException>(
            () => _fixture.Open(_registry.Host, "other").ReadDocumentAsync(image.Root, Token));
    }

    [Fact]
    public async Task Uses_embedded_data_without_a_request_and_checks_it()
    {
        byte[] content = Encoding.UTF8.GetBytes("""{"a":1}""");
        var descriptor = new Descriptor
        {
            MediaType = MediaTypes.OciConfig, Digest = Digest.Compute(content), Size = content.Length, Data = content,
        };

        Assert.Equal(content, (await Store().ReadDocumentAsync(descriptor, Token)).Bytes.ToArray());
        Assert.Empty(_registry.Requests);

        Descriptor wrong = descriptor with { Data = Encoding.UTF8.GetBytes("""{"a":2}""") };
        OciException error = await Assert.ThrowsAsync<OciException>(() => Store().ReadDocumentAsync(wrong, Token));
        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
    }

    [Fact]
    public async Task Does_not_believe_the_digest_header_when_the_reference_has_a_digest()
    {
        TestImage image = TestImages.Single(1).AddTo(_registry, "app");
        TestImage other = TestImages.Single(2).AddTo(_registry, "app", tag: null);
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always().Answer(context =>
        {
            context.Response.Headers["Docker-Content-Digest"] = image.Root.Digest.ToString();
            context.Response.ContentType = image.Root.MediaType;
            return context.Response.Body.WriteAsync(other.RootBytes, context.RequestAborted).AsTask();
        }));

        OciException byDigest = await Assert.ThrowsAsync<OciException>(
            () => Store().ResolveAsync(Latest.WithDigest(image.Root.Digest), Token));
        Assert.Equal(OciErrorCode.ContentMismatch, byDigest.Code);
        OciException byTag = await Assert.ThrowsAsync<OciException>(() => Store().ResolveAsync(Latest, Token));
        Assert.Equal(OciErrorCode.ContentMismatch, byTag.Code);
        OciException byDescriptor = await Assert.ThrowsAsync<OciException>(
            () => Store().ReadDocumentAsync(image.Root, Token));
        Assert.Equal(OciErrorCode.ContentMismatch, byDescriptor.Code);
    }

    [Fact]
    public async Task Finds_by_a_look_alone()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");

        Descriptor? found = await Store().FindAsync(Latest, Token);
        Assert.Equal(image.Root, found);
        Assert.Equal(image.Root.Size, found!.Size);
        Assert.Equal(["HEAD app/manifests/latest"], RegistryFixture.Requests(_registry));
    }

    [Fact]
    public async Task Finds_without_a_digest_header_by_reading()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        _registry.Faults.Add(Fault.On("*", "/manifests/").Header("Docker-Content-Digest", null).Always());

        Assert.Equal(image.Root, await Store().FindAsync(Latest, Token));
    }

    [Fact]
    public async Task Finds_nothing_where_nothing_is() => Assert.Null(await Store().FindAsync(Latest, Token));

    [Fact]
    public async Task Tells_a_missing_image_from_a_missing_repository()
    {
        TestImages.Single().AddTo(_registry, "app");
        RegistryException tag = await Assert.ThrowsAsync<RegistryException>(
            () => Store().ResolveAsync(Latest.WithTag("none"), Token));
        Assert.Equal(OciErrorCode.ManifestNotFound, tag.Code);
        Assert.Contains("app:none", tag.Message);

        _registry.Faults.Add(Fault.On("GET", "/manifests/").Status(404, """{"errors":[{"code":"NAME_UNKNOWN"}]}"""));
        RegistryException repository = await Assert.ThrowsAsync<RegistryException>(
            () => Store().ResolveAsync(Latest, Token));
        Assert.Equal(OciErrorCode.RepositoryNotFound, repository.Code);
    }

    [Theory]
    [InlineData(403, "DENIED", OciErrorCode.AccessDenied)]
    [InlineData(400, "TOOMANYREQUESTS", OciErrorCode.RateLimited)]
    [InlineData(418, "SOMETHING", OciErrorCode.RegistryProtocol)]
    [InlineData(500, "UNKNOWN", OciErrorCode.RegistryUnavailable)]
    public async Task Sorts_error_answers(int status, string code, OciErrorCode expected)
    {
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always()
            .Status(status, $$"""{"errors":[{"code":"{{code}}","message":"be\u001b[31m careful"}]}"""));

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => Store().ResolveAsync(Latest, Token));
        Assert.Equal(expected, error.Code);
        Assert.Equal(status, (int)error.StatusCode);
        Assert.Equal(new RegistryError(code, "be?[31m careful"), Assert.Single(error.Errors));
        Assert.DoesNotContain('\u001b', error.Message);
    }

    [Fact]
    public async Task Survives_an_error_answer_that_is_no_text()
    {
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Status(418, """{"errors":[{"code":"\ud800"}]}"""));

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => Store().ResolveAsync(Latest, Token));
        Assert.Empty(error.Errors);
    }

    [Fact]
    public async Task Survives_an_error_page_of_any_size()
    {
        string page = $"<html>{new string('x', 10 * 1024 * 1024)}";
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Status(418, page, "text/html"));

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => Store().ResolveAsync(Latest, Token));
        Assert.Empty(error.Errors);
        Assert.True(error.Message.Length < 1000);
    }

    [Fact]
    public async Task Refuses_a_document_over_the_limit()
    {
        byte[] large = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"x":"{{new string('x', 5 * 1024 * 1024)}}"}""");
        _registry.PutManifest("app", "latest", large, MediaTypes.OciManifest);

        OciException error = await Assert.ThrowsAsync<OciException>(() => Store().ResolveAsync(Latest, Token));
        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
    }

    [Fact]
    public async Task Asks_again_for_a_document_that_broke_off()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        _registry.Faults.Add(Fault.On("GET", "/manifests/").ResetAfter(10).Times(2));

        Assert.Equal(image.RootBytes, (await Store().ResolveAsync(Latest, Token)).Bytes.ToArray());
        Assert.Equal(2, _fixture.Messages(TransferEventKind.Retried).Count());
    }

    [Fact]
    public async Task Reads_a_document_of_an_unknown_type_from_where_it_is()
    {
        byte[] content = Encoding.UTF8.GetBytes("""{"a":1}""");
        Descriptor blob = _registry.AddBlob("app", content, "application/vnd.example.config+json");
        Descriptor manifest = _registry.PutManifest(
            "app", null, """{"b":2}"""u8.ToArray(), "application/vnd.example+json");

        Assert.Equal(blob.Digest, (await Store().ReadDocumentAsync(blob, Token)).Digest);
        Assert.Equal(manifest.Digest, (await Store().ReadDocumentAsync(manifest, Token)).Digest);
    }

    [Theory]
    [InlineData(MediaTypes.OciConfig)]
    [InlineData("text/html")]
    public async Task A_manifest_without_a_type_that_is_announced_as_something_else_is_refused(string mediaType)
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        System.Text.Json.Nodes.JsonObject manifest = image.Json;
        manifest.Remove("mediaType");
        _registry.PutManifest("app", "latest", Encoding.UTF8.GetBytes(manifest.ToJsonString()), mediaType);

        OciException error = await Assert.ThrowsAsync<OciException>(() => Store().ResolveAsync(Latest, Token));
        Assert.Equal(OciErrorCode.ManifestInvalid, error.Code);
        Assert.Contains($"{mediaType}, but it has the form of {MediaTypes.OciManifest}", error.Message);
        await Assert.ThrowsAsync<OciException>(() => Store().FindAsync(Latest, Token));
    }

    [Fact]
    public async Task A_document_of_an_unknown_type_can_be_what_a_tag_names()
    {
        _registry.PutManifest("app", "latest", """{"b":2}"""u8.ToArray(), "application/vnd.example+json");

        RawDocument document = await Store().ResolveAsync(Latest, Token);
        Assert.Equal("application/vnd.example+json", document.MediaType);
        Assert.Equal(document.Digest, (await Store().FindAsync(Latest, Token))!.Digest);
    }

    [Fact]
    public async Task Verifies_by_reading_again()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        Descriptor layer = image.Blobs.First().Descriptor;
        Assert.True(await Store().HasAsync(layer, verify: true, Token));
        Assert.True(await Store().HasAsync(image.Root, verify: true, Token));

        _registry.Faults.Add(Fault.On("GET", "/blobs/").CorruptAt(3));
        Assert.False(await Store().HasAsync(layer, verify: true, Token));
        _registry.RemoveBlob("app", layer.Digest);
        Assert.False(await Store().HasAsync(layer, verify: true, Token));
        Assert.False(await Store().HasAsync(layer, verify: false, Token));
    }

    [Fact]
    public async Task Writes_a_document_by_tag_with_its_own_type_and_bytes()
    {
        TestImage image = TestImages.WithUnknownMembers().AddTo(_registry, "app", tag: null);
        RawDocument document = await Store().ReadDocumentAsync(image.Root, Token);
        await Store().WriteDocumentAsync(document, image.Root, "v1", true, Token);

        var stored = _registry.GetManifest("app", "v1");
        Assert.Equal(image.RootBytes, stored?.Bytes);
        Assert.Equal(image.Root.MediaType, stored?.MediaType);
    }

    [Fact]
    public async Task Refuses_a_registry_that_changes_a_document()
    {
        TestImage image = TestImages.Single().AddTo(_registry, "app");
        RawDocument document = await Store().ReadDocumentAsync(image.Root, Token);
        _registry.Faults.Add(Fault.On("PUT", "/manifests/")
            .Header("Docker-Content-Digest", Digest.Compute("other"u8).ToString()));

        OciException error = await Assert.ThrowsAsync<OciException>(
            () => Store().WriteDocumentAsync(document, image.Root, null, true, Token));
        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
    }

    [Fact]
    public async Task Says_that_parts_are_missing_when_a_manifest_is_refused()
    {
        TestImage image = TestImages.Single();
        RawDocument document = RawDocument.Create(image.RootBytes, image.Root);

        RegistryException error = await Assert.ThrowsAsync<RegistryException>(
            () => Store().WriteDocumentAsync(document, image.Root, "latest", true, Token));
        Assert.Equal(OciErrorCode.BlobNotFound, error.Code);
        Assert.Contains(error.Errors, entry => entry.Code == "MANIFEST_BLOB_UNKNOWN");
    }

    [Fact]
    public async Task Fetches_one_token_for_all_that_an_image_takes()
    {
        _registry.Options.Auth = RegistryAuth.Bearer;
        TestImage image = TestImages.Single(layers: 4).AddTo(_registry, "app");
        RegistryOptions options = RegistryFixture.Options with
        {
            Credential = new(_registry.Options.UserName, _registry.Options.Password),
        };
        RegistryStore store = _fixture.Open(_registry.Host, "app", options);
        await store.ResolveAsync(Latest, Token);
        await Task.WhenAll(image.Blobs.Select(async blob =>
        {
            await using Stream content = await store.OpenBlobAsync(blob.Descriptor, 0, Token);
            Assert.Equal(blob.Bytes, await content.ReadAllAsync(Token));
        }));

        Assert.Single(_registry.TokenRequests);
        // One request was answered 401 and sent again.
        Assert.Equal(1 + 1 + 1 + image.Blobs.Count(), _registry.Requests.Count);
    }

    private RegistryStore Store() => _fixture.Open(_registry.Host, "app");
}
