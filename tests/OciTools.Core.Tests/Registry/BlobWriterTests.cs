using System.Security.Cryptography;
using OciTools.Registry;
using OciTools.Testing;
using OciTools.Tests.Support;

namespace OciTools.Tests.Registry;

public sealed class BlobWriterTests : IAsyncLifetime
{
    private const int Large = 3 * 1024 * 1024;

    private readonly RegistryFixture _fixture = new();
    private readonly MemoryStore _source = new(holdsCompleteGraphs: false);
    private TestRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task A_small_new_blob_takes_two_requests()
    {
        Descriptor blob = NewBlob(1000);

        Assert.Equal(BlobOutcome.Transferred, await WriteAsync(blob));
        Assert.Equal(["POST", "PUT"], Methods);
        Assert.Equal(Content(blob), _registry.GetBlob("app", blob.Digest));
    }

    [Fact]
    public async Task A_small_blob_that_is_there_takes_one_request()
    {
        Descriptor blob = NewBlob(1000);
        _registry.AddBlob("app", Content(blob));

        Assert.Equal(BlobOutcome.Skipped, await WriteAsync(blob));
        Assert.Equal(["POST"], Methods);
        Assert.Equal(TransferEventKind.Skipped, _fixture.Events.Last(item => item.Descriptor is not null).Kind);
    }

    [Fact]
    public async Task Large_blobs_for_a_new_repository_take_two_requests_each_after_one_look()
    {
        RegistryStore store = Store();
        foreach (int _ in Enumerable.Range(0, 3))
            await store.WriteBlobAsync(NewBlob(Large), _source, false, _fixture, Token);

        // The tags are asked for once. With the first upload the repository has blobs, which are still not asked for.
        Assert.Equal(["GET", "POST", "PUT", "POST", "PUT", "POST", "PUT"], Methods);
    }

    [Fact]
    public async Task A_large_blob_is_looked_for_in_a_repository_with_content()
    {
        TestImages.Single().AddTo(_registry, "app");
        Descriptor blob = NewBlob(Large);
        _registry.AddBlob("app", Content(blob));
        _registry.Options.Mounts = false;

        Assert.Equal(BlobOutcome.Skipped, await WriteAsync(blob));
        Assert.Equal(["GET", "HEAD"], Methods);
    }

    [Fact]
    public async Task What_was_written_once_is_not_asked_for_again()
    {
        RegistryStore store = Store();
        Descriptor blob = NewBlob(1000);
        await store.WriteBlobAsync(blob, _source, false, _fixture, Token);
        _registry.ClearRequests();

        Assert.Equal(BlobOutcome.Skipped, await store.WriteBlobAsync(blob, _source, false, _fixture, Token));
        Assert.Empty(_registry.Requests);
    }

    [Fact]
    public async Task Force_writes_what_is_there()
    {
        Descriptor blob = NewBlob(1000);
        _registry.AddBlob("app", Content(blob));

        Assert.Equal(BlobOutcome.Transferred, await Store().WriteBlobAsync(blob, _source, true, _fixture, Token));
        Assert.Equal(["POST", "PUT"], Methods);
    }

    [Fact]
    public async Task A_mount_that_is_answered_with_an_upload_is_continued()
    {
        byte[] content = RandomNumberGenerator.GetBytes(1000);
        Descriptor blob = _registry.AddBlob("other", content);
        _registry.Options.Mounts = false;

        BlobOutcome outcome = await Store().WriteBlobAsync(
            blob, _fixture.Open(_registry.Host, "other"), false, _fixture, Token);

        Assert.Equal(BlobOutcome.Transferred, outcome);
        Assert.Equal(["GET", "POST", "PUT"], Methods.Order(StringComparer.Ordinal));
        Assert.Equal(content, _registry.GetBlob("app", blob.Digest));
    }

    [Fact]
    public async Task A_large_blob_that_is_there_is_not_sent_because_a_mount_was_not_possible()
    {
        byte[] content = RandomNumberGenerator.GetBytes(Large);
        Descriptor blob = _registry.AddBlob("other", content);
        TestImages.Single().AddTo(_registry, "app");
        _registry.AddBlob("app", content);
        _registry.Options.Mounts = false;

        Assert.Equal(
            BlobOutcome.Skipped,
            await Store().WriteBlobAsync(blob, _fixture.Open(_registry.Host, "other"), false, _fixture, Token));
        Assert.DoesNotContain("PUT", Methods);
    }

    [Fact]
    public async Task A_refused_mount_ends_in_an_upload()
    {
        _registry.Faults.Add(Fault.On("POST", "/uploads/").When(context => context.Request.Query.ContainsKey("mount"))
            .Status(405));
        Descriptor blob = NewBlob(1000);

        Assert.Equal(BlobOutcome.Transferred, await WriteAsync(blob));
        Assert.Equal(["POST", "POST", "PUT"], Methods);
    }

    [Fact]
    public async Task The_same_repository_needs_nothing()
    {
        Descriptor blob = _registry.AddBlob("app", new byte[10]);

        Assert.Equal(
            BlobOutcome.Skipped,
            await Store().WriteBlobAsync(blob, _fixture.Open(_registry.Host, "app"), false, _fixture, Token));
        Assert.Empty(_registry.Requests);
    }

    [Theory]
    [InlineData(413)]
    [InlineData(405)]
    public async Task An_upload_that_is_refused_in_one_piece_is_sent_in_chunks(int status)
    {
        _registry.Faults.Add(OnPut().Answer(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Response.StatusCode = status;
        }));
        Descriptor first = NewBlob(1000);
        Descriptor second = NewBlob(1000);
        RegistryStore store = Store();
        await store.WriteBlobAsync(first, _source, false, _fixture, Token);
        Assert.Equal(["POST", "PUT", "POST", "PATCH", "PUT"], Methods);
        Assert.Equal("0-999", _registry.Requests[3].Header("Content-Range"));

        _registry.ClearRequests();
        await store.WriteBlobAsync(second, _source, false, _fixture, Token);
        // It is remembered.
        Assert.Equal(["POST", "PATCH", "PUT"], Methods);
        Assert.Equal(Content(second), _registry.GetBlob("app", second.Digest));
    }

    [Fact]
    public async Task Chunks_are_as_long_as_the_registry_wants_and_in_order()
    {
        const int Minimum = 17 * 1024 * 1024;
        _registry.Options.MinimumChunkLength = Minimum;
        _registry.Faults.Add(OnPut().Status(416));
        Descriptor blob = NewBlob(2 * Minimum + 5);
        await WriteAsync(blob);

        Assert.Equal(
            [$"0-{Minimum - 1}", $"{Minimum}-{2 * Minimum - 1}", $"{2 * Minimum}-{2 * Minimum + 4}"],
            _registry.Requests
                .Where(request => request.Method == "PATCH").Select(request => request.Header("Content-Range")));
        Assert.Equal(Content(blob), _registry.GetBlob("app", blob.Digest));
        // One stream served the refused piece, another one all chunks.
        Assert.Equal(2, _source.Log.Count(entry => entry == $"open {blob.Digest}"));
    }

    [Fact]
    public async Task An_upload_that_breaks_goes_on_where_it_stopped()
    {
        Descriptor blob = NewBlob(Large);
        int received = 0;
        _registry.Options.Middleware = async (context, next) =>
        {
            if (context.Request.Method == "PUT" && Interlocked.Exchange(ref received, 1) == 0)
            {
                context.Request.Body = new BreakingStream(context.Request.Body, 1024 * 1024, context.Abort);
            }

            await next();
        };
        await WriteAsync(blob);

        Assert.Equal(Content(blob), _registry.GetBlob("app", blob.Digest));
        RecordedRequest patch = Assert.Single(_registry.Requests, request => request.Method == "PATCH");
        Assert.Equal($"1048576-{Large - 1}", patch.Header("Content-Range"));
        Assert.Contains("stopped at byte", Assert.Single(_fixture.Messages(TransferEventKind.Retried)));
    }

    [Fact]
    public async Task An_upload_whose_session_is_lost_begins_again()
    {
        _registry.Faults.Add(OnPut().Status(404));
        Descriptor blob = NewBlob(1000);
        await WriteAsync(blob);

        Assert.Equal(Content(blob), _registry.GetBlob("app", blob.Digest));
        Assert.Equal(2, Methods.Count(method => method == "PUT"));
    }

    [Fact]
    public async Task An_upload_whose_confirmation_is_lost_is_not_sent_again()
    {
        int broken = 0;
        _registry.Options.Middleware = async (context, next) =>
        {
            await next();
            if (context.Request.Method == "PUT" && Interlocked.Exchange(ref broken, 1) == 0)
                context.Abort();
        };
        Descriptor blob = NewBlob(1000);
        await WriteAsync(blob);

        Assert.Equal(["POST", "PUT", "HEAD"], Methods);
    }

    [Fact]
    public async Task An_upload_that_never_works_fails_in_the_end()
    {
        _registry.Faults.Add(OnPut().ResetBeforeHeaders().Always());
        _registry.Faults.Add(Fault.On("PATCH", "").ResetBeforeHeaders().Always());
        Descriptor blob = NewBlob(1000);

        OciException error = await Assert.ThrowsAsync<OciException>(() => WriteAsync(blob));
        Assert.Equal(OciErrorCode.ConnectionFailed, error.Code);
        Assert.Equal(
            RegistryFixture.Options.Transport.MaximumRetryCount, _fixture.Messages(TransferEventKind.Retried).Count());
    }

    [Fact]
    public async Task A_wrong_source_completes_no_blob()
    {
        Descriptor blob = NewBlob(Large);
        _source.Blobs[blob.Digest][Large - 1] ^= 1;

        OciException error = await Assert.ThrowsAsync<OciException>(() => WriteAsync(blob));
        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
        Assert.Null(_registry.GetBlob("app", blob.Digest));
        Assert.Equal("DELETE", Methods[^1]);
    }

    [Fact]
    public async Task A_short_source_completes_no_blob()
    {
        Descriptor blob = NewBlob(Large);
        _source.Blobs[blob.Digest] = _source.Blobs[blob.Digest][..(Large / 2)];

        OciException error = await Assert.ThrowsAsync<OciException>(() => WriteAsync(blob));
        Assert.Equal(OciErrorCode.ContentMismatch, error.Code);
        Assert.Null(_registry.GetBlob("app", blob.Digest));
    }

    [Fact]
    public async Task A_location_on_another_host_gets_the_content_but_no_credential()
    {
        await using TestRegistry storage = await TestRegistry.StartAsync();
        byte[]? stored = null;
        storage.Faults.Add(Fault.On("PUT", "/bucket").Answer(async context =>
        {
            stored = await context.Request.Body.ReadAllAsync(context.RequestAborted);
            context.Response.StatusCode = 201;
        }));
        _registry.Options.Auth = RegistryAuth.Bearer;
        _registry.Faults.Add(Fault.On("POST", "/uploads/").Sparing(1)
            .Header("Location", $"{storage.Url}bucket?signature=secret"));
        Descriptor blob = NewBlob(1000);
        RegistryOptions options = RegistryFixture.Options with
        {
            Credential = new(_registry.Options.UserName, _registry.Options.Password),
        };
        await _fixture.Open(_registry.Host, "app", options).WriteBlobAsync(blob, _source, false, _fixture, Token);

        RecordedRequest put = Assert.Single(storage.Requests);
        Assert.Equal(Content(blob), stored);
        Assert.Equal($"?signature=secret&digest=sha256%3A{blob.Digest.Hex}", put.Query);
        Assert.Null(put.Authorization);
        Assert.DoesNotContain(_fixture.Messages(TransferEventKind.Requested), message => message.Contains("secret"));
    }

    [Fact]
    public async Task A_location_over_http_is_refused_by_an_https_registry()
    {
        await using TestRegistry secure = await TestRegistry.StartAsync(new TestRegistryOptions { Tls = true });
        secure.Faults.Add(Fault.On("POST", "/uploads/").Header("Location", "http://storage.example/bucket"));
        RegistryOptions options = RegistryFixture.Options with
        {
            PlainHttp = false,
            Transport = RegistryFixture.Options.Transport with
            {
                CertificateAuthorityPath = secure.Certificates.AuthorityPath,
            },
        };

        OciException error = await Assert.ThrowsAsync<OciException>(() => _fixture
            .Open(secure.Host, "app", options).WriteBlobAsync(NewBlob(10), _source, false, _fixture, Token));
        Assert.Equal(OciErrorCode.UnsafeRedirect, error.Code);
    }

    [Fact]
    public async Task Progress_is_told_in_steps()
    {
        Descriptor blob = NewBlob(Large);
        await WriteAsync(blob);

        Assert.Equal(
            [TransferEventKind.Started, TransferEventKind.Advanced, TransferEventKind.Completed],
            _fixture.Events.Where(item => item.Descriptor is not null).Select(item => item.Kind).Distinct());
        Assert.Equal(
            [1024 * 1024, 2 * 1024 * 1024, Large],
            _fixture.Events.Where(item => item.Kind == TransferEventKind.Advanced).Select(item => item.Bytes));
    }

    private IReadOnlyList<string> Methods => [.. _registry.Requests.Select(request => request.Method)];

    [Fact]
    public async Task A_registry_that_refuses_for_good_is_given_up_after_few_requests()
    {
        _registry.Faults.Add(Fault.On("*", "/blobs/").Sparing(1).Always().Status(503));

        OciException error = await Assert.ThrowsAsync<RegistryException>(() => WriteAsync(NewBlob(1000)));

        Assert.Equal(OciErrorCode.RegistryUnavailable, error.Code);
        // The first upload, then a look, a question and a new upload, four times each.
        Assert.Equal(2 + (3 * 4), _registry.Requests.Count);
    }

    private static Fault OnPut() => Fault.On("PUT", "/uploads/");

    private RegistryStore Store() => _fixture.Open(_registry.Host, "app");

    private Task<BlobOutcome> WriteAsync(Descriptor blob) =>
        Store().WriteBlobAsync(blob, _source, false, _fixture, Token);

    private Descriptor NewBlob(int length) =>
        _source.AddBlob(RandomNumberGenerator.GetBytes(length), MediaTypes.OciLayerGzip);

    private byte[] Content(Descriptor blob) => _source.Blobs[blob.Digest];

    /// <summary>Delivers so many bytes, then breaks the connection.</summary>
    private sealed class BreakingStream(Stream inner, long length, Action abort) : Stream
    {
        private long _rest = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_rest == 0)
            {
                abort();
                throw new IOException("The connection was broken on demand.");
            }

            int count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _rest)], cancellationToken);
            _rest -= count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
