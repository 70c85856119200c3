using System.Net;
using System.Net.Http.Headers;
using OciTools.Testing;

namespace OciTools.Tests.Support;

/// <summary>The faults of the test registry do what they say.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)(i % 251))];

    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private TestRegistry _registry = null!;
    private string _path = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _path = $"{_registry.Url}v2/a/blobs/{_registry.AddBlob("a", s_content).Digest}";
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _registry.DisposeAsync();
    }

    [Fact]
    public async Task Rules_apply_in_order_and_as_often_as_they_say()
    {
        Fault unavailable = _registry.Faults.Add(Fault.On("GET", "/blobs/").Times(2).Status(503));
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Sparing(1).TooManyRequests(7));
        var date = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        _registry.Faults.Add(Fault.On("*", "/blobs/").When(c => c.Request.Method == "GET").TooManyRequests(date));

        var statuses = new List<HttpStatusCode>();
        var pauses = new List<RetryConditionHeaderValue?>();
        for (int i = 0; i < 5; i++)
        {
            using HttpResponseMessage response = await _client.GetAsync(_path, Cancel);
            statuses.Add(response.StatusCode);
            pauses.Add(response.Headers.RetryAfter);
        }

        // The second rule spares the third request, which so comes to the third rule.
        Assert.Equal([503, 503, 429, 429, 200], statuses.Select(s => (int)s));
        Assert.Equal([null, null, date, null, null], pauses.Select(p => p?.Date));
        Assert.Equal(TimeSpan.FromSeconds(7), pauses[3]?.Delta);
        Assert.Equal(2, unavailable.Hits);
    }

    [Fact]
    public async Task A_request_that_is_cut_is_kept_up_to_the_cut()
    {
        _registry.Faults.Add(Fault.On("PATCH", "/uploads/").ResetRequestAfter(1000));
        using HttpResponseMessage opened = await _client.PostAsync($"{_registry.Url}v2/b/blobs/uploads/", null, Cancel);
        var location = new Uri(_registry.Url, opened.Headers.Location!);

        await Assert.ThrowsAsync<HttpRequestException>(
            () => _client.PatchAsync(location, new ByteArrayContent(s_content), Cancel));

        using HttpResponseMessage status = await _client.GetAsync(location, Cancel);
        Assert.Equal("0-999", status.Headers.NonValidated["Range"].ToString());
    }

    [Fact]
    public async Task What_an_answer_that_is_lost_would_confirm_is_done()
    {
        var digest = Digest.Compute(s_content);
        _registry.Faults.Add(Fault.On("POST", "/uploads/").LoseAnswer());

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.PostAsync(
            $"{_registry.Url}v2/b/blobs/uploads/?digest={digest}", new ByteArrayContent(s_content), Cancel));

        Assert.Equal(s_content, _registry.GetBlob("b", digest));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(600_000)]
    public async Task A_cut_body_arrives_up_to_the_cut(int length)
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").CutAfter(length));

        (byte[] received, Exception? error) = await ReadAsync();

        Assert.Equal(s_content[..length], received);
        Assert.IsType<HttpIOException>(error);
        (received, error) = await ReadAsync();
        Assert.Equal(s_content, received);
        Assert.Null(error);
    }

    [Fact]
    public async Task A_connection_is_reset_before_the_headers_or_in_the_body()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").ResetBeforeHeaders());
        Fault reset = _registry.Faults.Add(Fault.On("GET", "/blobs/").StallAfter(500_000).ResetAfter(500_000));

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync(_path, Cancel));
        await using Stream body = await _client.GetStreamAsync(_path, Cancel);
        await body.ReadExactlyAsync(new byte[500_000], Cancel);
        reset.Release();
        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadExactlyAsync(new byte[1], Cancel).AsTask());
        Assert.Equal([null, null], _registry.Requests.Select(request => request.Status));
    }

    [Fact]
    public async Task A_stalled_body_goes_on_when_released()
    {
        Fault stall = _registry.Faults.Add(Fault.On("GET", "/blobs/").StallAfter(1000));
        Task<(byte[] Received, Exception? Error)> reading = ReadAsync();
        await stall.Reached.WaitAsync(Cancel);
        Assert.False(reading.IsCompleted);

        stall.Release();

        Assert.Equal(s_content, (await reading).Received);
    }

    [Fact]
    public async Task Headers_wait_until_released()
    {
        Fault stall = _registry.Faults.Add(Fault.On("GET", "/blobs/").StallBeforeHeaders());
        Task<HttpResponseMessage> reading =
            _client.GetAsync(_path, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await stall.Reached.WaitAsync(Cancel);
        Assert.False(reading.IsCompleted);

        stall.Release();

        using HttpResponseMessage response = await reading;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task One_bit_of_one_byte_is_turned_over()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").CorruptAt(700_000));

        byte[] received = await _client.GetByteArrayAsync(_path, Cancel);

        Assert.Equal([700_000], Enumerable.Range(0, s_content.Length).Where(i => s_content[i] != received[i]));
    }

    [Fact]
    public async Task A_body_is_longer_shorter_chunked_or_in_drops()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").AppendBytes(3));
        _registry.Faults.Add(Fault.On("GET", "/blobs/").DropLast(3));
        _registry.Faults.Add(Fault.On("GET", "/blobs/").WithoutLength());
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Drip(300_000, TimeSpan.FromMilliseconds(1)));

        byte[] longer = await _client.GetByteArrayAsync(_path, Cancel);
        Assert.Equal([.. s_content, 0, 0, 0], longer);
        Assert.Equal(s_content[..^3], await _client.GetByteArrayAsync(_path, Cancel));
        using HttpResponseMessage chunked =
            await _client.GetAsync(_path, HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Null(chunked.Content.Headers.ContentLength);
        Assert.Equal(s_content, await chunked.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal(s_content, await _client.GetByteArrayAsync(_path, Cancel));
    }

    [Fact]
    public async Task Headers_lie()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").IgnoreRange());
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Header("Content-Range", "bytes 5-9/10"));
        _registry.Faults.Add(Fault.On("HEAD", "/blobs/")
            .Header("Docker-Content-Digest", "sha256:0").Header("Content-Type", "text/html"));

        using HttpResponseMessage whole = await GetRangeAsync();
        Assert.Equal(HttpStatusCode.OK, whole.StatusCode);
        Assert.Equal(s_content.Length, whole.Content.Headers.ContentLength);
        using HttpResponseMessage part = await GetRangeAsync();
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("bytes 5-9/10", part.Content.Headers.ContentRange!.ToString());
        using var request = new HttpRequestMessage(HttpMethod.Head, _path);
        using HttpResponseMessage head = await _client.SendAsync(request, Cancel);
        Assert.Equal("text/html", head.Content.Headers.ContentType!.ToString());
        Assert.Equal("sha256:0", head.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Equal("bytes=10-19", _registry.Requests[0].Header("range"));
    }

    [Fact]
    public async Task A_body_is_compressed()
    {
        _registry.Faults.Add(Fault.On("GET", "/blobs/").Gzip());
        using var client = new HttpClient(
            new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip });

        Assert.Equal(s_content, await client.GetByteArrayAsync(_path, Cancel));
    }

    [Fact]
    public async Task A_redirect_leads_to_another_host_which_records_what_it_was_told()
    {
        await using var other = await TestRegistry.StartAsync();
        Uri storage = other.AddFile("/storage/blob", s_content);
        _registry.Faults.Add(Fault.On("GET", "/blobs/").RedirectTo(storage.ToString()));
        using var client = new HttpClient();

        Assert.Equal(s_content, await client.GetByteArrayAsync(_path, Cancel));

        Assert.Equal("/storage/blob", other.Requests.Single().Path);
        Assert.Null(other.Requests.Single().Authorization);
        Assert.Equal(307, _registry.Requests.Single().Status);
    }

    [Fact]
    public async Task Middleware_stands_before_everything()
    {
        _registry.Options.Middleware = (context, next) =>
        {
            context.Response.Headers["Warning"] = "299 - \"soon gone\"";
            return next();
        };

        using HttpResponseMessage response = await _client.GetAsync(_path, Cancel);

        Assert.Equal("299 - \"soon gone\"", response.Headers.Warning.ToString());
    }

    [Fact]
    public async Task Requests_and_connections_are_counted()
    {
        Fault stall = _registry.Faults.Add(Fault.On("GET", "/blobs/").Times(3).StallBeforeHeaders());
        Task<byte[]>[] running = [.. Enumerable.Range(0, 3).Select(_ => _client.GetByteArrayAsync(_path, Cancel))];
        while (_registry.Requests.Count < 3)
            await Task.Yield();
        stall.Release();
        await Task.WhenAll(running);

        Assert.Equal(3, _registry.PeakConcurrency);
        Assert.Equal(3, _registry.ConnectionCount);
        Assert.Equal(3, _registry.Requests.Select(request => request.ConnectionId).Distinct().Count());
    }

    private async Task<(byte[] Received, Exception? Error)> ReadAsync()
    {
        using HttpResponseMessage response =
            await _client.GetAsync(_path, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await using Stream body = await response.Content.ReadAsStreamAsync(Cancel);
        using var received = new MemoryStream();
        try
        {
            await body.CopyToAsync(received, Cancel);
            return (received.ToArray(), null);
        }
        catch (IOException exception)
        {
            return (received.ToArray(), exception);
        }
    }

    private async Task<HttpResponseMessage> GetRangeAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _path);
        request.Headers.Range = new RangeHeaderValue(10, 19);
        return await _client.SendAsync(request, Cancel);
    }
}
