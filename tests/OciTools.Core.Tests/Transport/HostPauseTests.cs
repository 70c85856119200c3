using System.Collections.Concurrent;
using System.Net;
using OciTools.Http;
using OciTools.Testing;
using OciTools.Transport;

namespace OciTools.Tests.Transport;

public sealed class HostPauseTests : IAsyncLifetime, IProgress<TransferEvent>
{
    private const int Many = 6;

    private static readonly TransportProfile s_profile = new()
    {
        MaximumRetryCount = 3,
        RetryInterval = TimeSpan.FromMinutes(1),
        IdleTimeout = TimeSpan.Zero,
    };

    private readonly ConcurrentQueue<TransferEvent> _events = new();
    private readonly ManualTime _time = new();
    private TestRegistry _server = null!;
    private HttpClientSource _source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestRegistry.StartAsync();
        _server.AddFile("/file", "content"u8.ToArray());
        _source = new HttpClientSource(_time);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    void IProgress<TransferEvent>.Report(TransferEvent value) => _events.Enqueue(value);

    [Theory]
    [InlineData(429, "seconds")]
    [InlineData(429, "date")]
    [InlineData(429, null)]
    [InlineData(503, "seconds")]
    [InlineData(503, "date")]
    [InlineData(503, null)]
    public async Task Refused_at_once_they_pause_together_and_it_is_told_once(int status, string? form)
    {
        var asked = TimeSpan.FromSeconds(30);
        _server.Faults.Add(Refusal(status, form, asked).Times(Many));
        Task<HttpResponseMessage>[] sending = SendTogether();
        TimeSpan pause = await _time.WaitersAsync(Many);
        if (form is not null)
            Assert.Equal(asked, pause);
        Assert.InRange(pause, TimeSpan.FromTicks(1), s_profile.RetryInterval);
        Assert.Equal(Many, _server.Requests.Count);

        _time.Advance(pause);
        Assert.All(await Task.WhenAll(sending), response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
        Assert.Equal(2 * Many, _server.Requests.Count);
        TransferEvent told = Assert.Single(_events);
        Assert.Equal(TransferEventKind.Retried, told.Kind);
        Assert.Matches(
            $@"^GET 127\.0\.0\.1:\d+/file answered {status}; all requests to 127\.0\.0\.1:\d+ wait for \d+\.\d s$",
            told.Message);
    }

    [Fact]
    public async Task A_request_that_comes_later_waits_as_well_whatever_it_is()
    {
        _server.Faults.Add(Fault.On("PUT", "/file").Status(429));
        HttpClient client = _source.GetClient(s_profile);
        using HttpResponseMessage refused =
            await client.PutAsync(new Uri(_server.Url, "file"), new ByteArrayContent([1]), Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);

        Task<HttpResponseMessage> later = SendAsync();
        TimeSpan pause = await _time.WaitersAsync(1);
        Assert.Single(_server.Requests);
        _time.Advance(pause);
        using HttpResponseMessage response = await later;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task A_long_pause_is_a_warning()
    {
        _server.Faults.Add(Refusal(503, "seconds", TimeSpan.FromMinutes(2)));
        Task<HttpResponseMessage> sending = SendAsync();
        _time.Advance(await _time.WaitersAsync(1));
        using HttpResponseMessage response = await sending;
        Assert.Equal(TransferEventKind.Warned, Assert.Single(_events).Kind);
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(2, 0, 4)]
    [InlineData(0, 3, 8)]
    public void Without_word_from_the_host_pauses_grow_while_they_are_in_vain(int refusals, int inVain, int most)
    {
        var interval = TimeSpan.FromSeconds(1);
        TimeSpan longest = Enumerable.Range(0, 200).Max(_ =>
        {
            var gate = new HostGate(_time);
            foreach (int pauses in Enumerable.Range(0, inVain))
                Assert.NotNull(gate.Refuse(pauses, TimeSpan.Zero, interval, 0));
            return gate.Refuse(inVain, null, interval, refusals)!.Value;
        });
        Assert.InRange(longest, interval * most / 2, interval * most);
    }

    [Fact]
    public void An_answer_ends_the_growth_unless_it_was_asked_for_before_the_pause()
    {
        var interval = TimeSpan.FromSeconds(1);
        var gate = new HostGate(_time);
        int pauses = 0;
        while (pauses < 8)
            gate.Refuse(pauses++, null, interval, 0);
        gate.Accept(pauses - 1);
        // Jitter may make any one pause short.
        TimeSpan longest = Enumerable.Range(0, 50).Max(_ => gate.Refuse(pauses++, null, interval, 0)!.Value);
        Assert.True(longest > interval);

        gate.Accept(pauses);
        Assert.InRange(gate.Refuse(pauses, null, interval, 0)!.Value, TimeSpan.Zero, interval);
    }

    [Fact]
    public async Task A_longer_wish_of_the_host_makes_a_pause_longer_and_a_shorter_one_does_not()
    {
        var gate = new HostGate(_time);
        Assert.NotNull(gate.Refuse(0, TimeSpan.FromSeconds(20), TimeSpan.Zero, 0));
        Assert.Null(gate.Refuse(0, TimeSpan.FromSeconds(50), TimeSpan.Zero, 0));
        Assert.Null(gate.Refuse(0, TimeSpan.FromSeconds(10), TimeSpan.Zero, 0));
        Assert.Null(gate.Refuse(0, null, TimeSpan.FromHours(1), 0));

        _time.Advance(TimeSpan.FromSeconds(49));
        Task<int> waiting = gate.WaitAsync(Token).AsTask();
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, await waiting);
    }

    private static Fault Refusal(int status, string? form, TimeSpan asked) => form switch
    {
        "seconds" => Fault.On("*", "/file").Status(status).Header("Retry-After", $"{asked.TotalSeconds:0}"),
        "date" => Fault.On("*", "/file").Status(status)
            .Header("Retry-After", new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).Add(asked).ToString("R")),
        _ => Fault.On("*", "/file").Status(status),
    };

    /// <summary>Sends so many requests that all are under way before the first is answered.</summary>
    private Task<HttpResponseMessage>[] SendTogether()
    {
        int missing = Many;
        var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Options.Middleware = async (context, next) =>
        {
            if (Interlocked.Decrement(ref missing) == 0)
                complete.SetResult();
            await complete.Task.WaitAsync(context.RequestAborted);
            await next();
        };
        return [.. Enumerable.Range(0, Many).Select(_ => SendAsync())];
    }

    private Task<HttpResponseMessage> SendAsync()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_server.Url, "file"));
        request.Options.Set(RequestOptions.Progress, this);
        return _source.GetClient(s_profile).SendAsync(request, Token);
    }
}
