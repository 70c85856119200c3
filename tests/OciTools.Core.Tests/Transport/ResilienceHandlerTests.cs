using System.Collections.Concurrent;
using System.Net;
using OciTools.Http;
using OciTools.Testing;
using OciTools.Transport;

namespace OciTools.Tests.Transport;

public sealed class ResilienceHandlerTests : IAsyncLifetime, IProgress<TransferEvent>
{
    private static readonly TransportProfile s_profile = new()
    {
        MaximumRetryCount = 2,
        RetryInterval = TimeSpan.Zero,
        IdleTimeout = TimeSpan.FromHours(2),
    };

    private readonly ConcurrentQueue<TransferEvent> _events = new();
    private readonly ManualTime _time = new();
    private TestRegistry _server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestRegistry.StartAsync();
        _server.AddFile("/file", "content"u8.ToArray());
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    void IProgress<TransferEvent>.Report(TransferEvent value) => _events.Enqueue(value);

    [Theory]
    [InlineData(408)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(504)]
    public async Task Repeats_what_may_pass(int status)
    {
        _server.Faults.Add(OnFile().Status(status).Times(2));

        using HttpResponseMessage response = await SendAsync(new HttpClientSource());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, _server.Requests.Count);
        Assert.Equal(2, _events.Count);
        Assert.All(_events, item => Assert.Equal(TransferEventKind.Retried, item.Kind));
        Assert.Matches(
            $@"^GET 127\.0\.0\.1:\d+/file\?… answered {status}; trying again in 0\.0 s \(1 of 2\)$",
            _events.First().Message);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(501)]
    public async Task Does_not_repeat_what_stays(int status)
    {
        _server.Faults.Add(OnFile().Status(status).Always());

        using HttpResponseMessage response = await SendAsync(new HttpClientSource());
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task Gives_the_last_answer_when_nothing_helps()
    {
        _server.Faults.Add(OnFile().Status(503).Always());

        using HttpResponseMessage response = await SendAsync(new HttpClientSource());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task Repeats_after_a_broken_connection()
    {
        _server.Faults.Add(OnFile().ResetBeforeHeaders().Times(2));

        using HttpResponseMessage response = await SendAsync(new HttpClientSource());
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Sends_once_when_no_repetition_is_wanted()
    {
        _server.Faults.Add(OnFile().Status(503).Always());

        using HttpResponseMessage response =
            await SendAsync(new HttpClientSource(), s_profile with { MaximumRetryCount = 0 });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData("POST", null, 1)]
    [InlineData("POST", true, 3)]
    [InlineData("PUT", null, 1)]
    [InlineData("PUT", true, 3)]
    [InlineData("DELETE", null, 3)]
    [InlineData("HEAD", null, 3)]
    [InlineData("GET", false, 1)]
    public async Task Repeats_only_what_may_be_sent_again(string method, bool? replayable, int expected)
    {
        _server.Faults.Add(Fault.On(method, "/file").Status(503).Always());
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_server.Url, "file"));
        if (method is "POST" or "PUT")
            request.Content = new ByteArrayContent([1, 2, 3]);
        if (replayable is { } may)
            request.Options.Set(RequestOptions.Replayable, may);

        using HttpResponseMessage response =
            await new HttpClientSource().GetClient(s_profile).SendAsync(request, Token);
        Assert.Equal(expected, _server.Requests.Count);
    }

    [Fact]
    public async Task Waits_as_many_seconds_as_the_host_asks_for()
    {
        _server.Faults.Add(OnFile().TooManyRequests(30));

        await AssertWaitsAsync(TimeSpan.FromSeconds(30));
        Assert.Contains("wait for 30.0 s", Assert.Single(_events).Message);
    }

    [Fact]
    public async Task Waits_until_the_date_that_the_host_names()
    {
        _server.Faults.Add(OnFile().TooManyRequests(_time.GetUtcNow().AddSeconds(90)));

        await AssertWaitsAsync(TimeSpan.FromSeconds(90));
    }

    [Fact]
    public async Task Waits_five_minutes_at_most()
    {
        _server.Faults.Add(OnFile().TooManyRequests(100_000));

        await AssertWaitsAsync(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task Does_not_wait_for_a_date_that_is_past()
    {
        _server.Faults.Add(OnFile().TooManyRequests(_time.GetUtcNow().AddDays(-1)));

        using HttpResponseMessage response = await SendAsync(new HttpClientSource(_time));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task All_requests_to_a_host_keep_its_pause()
    {
        await using TestRegistry other = await TestRegistry.StartAsync();
        other.AddFile("/file", "content"u8.ToArray());
        var source = new HttpClientSource(_time);
        var pause = TimeSpan.FromSeconds(60);
        _server.Faults.Add(OnFile().TooManyRequests(60));
        Task<HttpResponseMessage> first = SendAsync(source);
        await _time.WaitersAsync(pause);

        // One of another profile that is never repeated waits too; another host has nothing to do with it.
        Task<HttpResponseMessage> second = source.GetClient(s_profile with { MaximumRetryCount = 0 }).PutAsync(
            new Uri(_server.Url, "file"), new ByteArrayContent([1]), Token);
        await _time.WaitersAsync(pause, count: 2);
        using HttpResponseMessage elsewhere =
            await source.GetClient(s_profile).GetAsync(new Uri(other.Url, "file"), Token);
        Assert.Equal(HttpStatusCode.OK, elsewhere.StatusCode);
        Assert.Single(_server.Requests);

        _time.Advance(pause);
        using HttpResponseMessage one = await first;
        using HttpResponseMessage two = await second;
        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        _server.Faults.Add(OnFile().TooManyRequests(60).Always());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task<HttpResponseMessage> sending = SendAsync(new HttpClientSource(_time), stop: stop.Token);
        await _time.WaitersAsync(TimeSpan.FromSeconds(60));
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task A_silent_host_is_asked_again_and_then_given_up()
    {
        var limit = TimeSpan.FromSeconds(40);
        _server.Faults.Add(OnFile().StallBeforeHeaders().Always());
        Task<HttpResponseMessage> sending = SendAsync(
            new HttpClientSource(_time), s_profile with { IdleTimeout = limit, MaximumRetryCount = 1 });
        foreach (int _ in Enumerable.Range(0, 2))
        {
            await _time.WaitersAsync(limit);
            _time.Advance(limit);
        }

        OciException error = await Assert.ThrowsAsync<OciException>(() => sending);
        Assert.Equal(OciErrorCode.OperationTimeout, error.Code);
        Assert.Contains("40 s", error.Message);
        // A type of a package must not get out.
        Assert.Null(error.InnerException);
        Assert.Single(_events);
    }

    [Fact]
    public async Task A_silent_host_is_given_up_at_once_when_no_repetition_is_wanted()
    {
        var limit = TimeSpan.FromSeconds(40);
        _server.Faults.Add(OnFile().StallBeforeHeaders().Always());
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Url, "file"));
        request.Options.Set(RequestOptions.Replayable, false);
        request.Options.Set(RequestOptions.Progress, this);
        Task<HttpResponseMessage> sending = new HttpClientSource(_time)
            .GetClient(s_profile with { IdleTimeout = limit }).SendAsync(request, Token);
        await _time.WaitersAsync(limit);
        _time.Advance(limit);

        OciException error = await Assert.ThrowsAsync<OciException>(() => sending);
        Assert.Equal(OciErrorCode.OperationTimeout, error.Code);
        Assert.Empty(_events);
    }

    private static Fault OnFile() => Fault.On("*", "/file");

    private async Task AssertWaitsAsync(TimeSpan pause)
    {
        Task<HttpResponseMessage> sending = SendAsync(new HttpClientSource(_time));
        await _time.WaitersAsync(pause);
        _time.Advance(pause - TimeSpan.FromSeconds(1));
        Assert.False(sending.IsCompleted);
        Assert.Single(_server.Requests);

        _time.Advance(TimeSpan.FromSeconds(1));
        using HttpResponseMessage response = await sending;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private Task<HttpResponseMessage> SendAsync(
        HttpClientSource source, TransportProfile? profile = null, CancellationToken? stop = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Url, "file?signature=secret"));
        request.Options.Set(RequestOptions.Progress, this);
        return source.GetClient(profile ?? s_profile).SendAsync(request, stop ?? Token);
    }
}
