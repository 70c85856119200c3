using OciTools.Registry;
using OciTools.Tests.Transport;

namespace OciTools.Tests.Registry;

public sealed class RegistryQuotaTests
{
    private static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(2);

    private readonly ManualTime _time = new();
    private readonly RegistryQuota _quota;

    public RegistryQuotaTests() => _quota = new RegistryQuota("registry.example", _time);

    [Fact]
    public async Task Nothing_waits_while_there_is_enough()
    {
        Learn("/v2/app/manifests/1", "RateLimit-Limit: 100;w=21600", "RateLimit-Remaining: 11;w=21600");

        await GoAtOnceAsync("GET", "/v2/app/manifests/1", times: 5);
        Assert.Null(_quota.FindWarning());
        Assert.Equal(11, _quota.Latest!.Remaining);
    }

    [Fact]
    public async Task What_is_left_is_spread_but_nobody_waits_for_more_than_a_moment_at_a_time()
    {
        Learn("/v2/app/manifests/1", "RateLimit-Limit: 100;w=21600", "RateLimit-Remaining: 10;w=21600");

        await GoAtOnceAsync("GET", "/v2/app/manifests/1");
        Task second = Wait("GET", "/v2/app/manifests/1");
        Task third = Wait("GET", "/v2/app/manifests/1");
        _time.Advance(s_longestStep);
        await second;
        Assert.False(third.IsCompleted);
        _time.Advance(s_longestStep);
        await third;
    }

    [Fact]
    public async Task The_spread_is_that_of_the_time_until_the_quota_is_whole_again()
    {
        Learn("/v2/", "RateLimit-Limit: 100", "RateLimit-Remaining: 10", "RateLimit-Reset: 5");

        await GoAtOnceAsync("GET", "/v2/");
        Task second = Wait("GET", "/v2/");
        _time.Advance(TimeSpan.FromSeconds(0.4));
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await second;

        // Then it is, and nothing has to wait.
        _time.Advance(TimeSpan.FromSeconds(4.5));
        await GoAtOnceAsync("GET", "/v2/", times: 5);
    }

    [Theory]
    [InlineData("HEAD", "/v2/app/manifests/1")]
    [InlineData("GET", "/v2/app/blobs/sha256:1")]
    public async Task What_the_registry_does_not_count_does_not_wait(string method, string path)
    {
        Learn("/v2/app/manifests/1", "RateLimit-Limit: 100;w=21600", "RateLimit-Remaining: 0;w=21600");

        await GoAtOnceAsync(method, path, times: 5);
    }

    [Theory]
    [InlineData("RateLimit-Reset: 59", TransferEventKind.Decided)]
    [InlineData("RateLimit-Reset: 61", TransferEventKind.Warned)]
    public void A_quota_that_is_whole_again_soon_is_no_warning(string reset, TransferEventKind expected)
    {
        Learn("/v2/", "RateLimit-Limit: 100", "RateLimit-Remaining: 1", reset);

        TransferEvent said = _quota.FindWarning()!;
        Assert.Equal(expected, said.Kind);
        Assert.StartsWith("registry.example has 1 of 100 requests left until ", said.Message);
    }

    [Fact]
    public async Task A_wait_ends_when_it_is_cancelled()
    {
        Learn("/v2/", "RateLimit-Limit: 100;w=21600", "RateLimit-Remaining: 1");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await GoAtOnceAsync("GET", "/v2/");
        Task waiting = _quota.WaitAsync(Request("GET", "/v2/"), stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private async Task GoAtOnceAsync(string method, string path, int times = 1)
    {
        foreach (int _ in Enumerable.Range(0, times))
        {
            Task waiting = Wait(method, path);
            Assert.True(waiting.IsCompleted);
            await waiting;
        }
    }

    private Task Wait(string method, string path) =>
        _quota.WaitAsync(Request(method, path), TestContext.Current.CancellationToken).AsTask();

    private void Learn(string path, params string[] headers)
    {
        using var response = new HttpResponseMessage { RequestMessage = Request("GET", path) };
        foreach (string header in headers)
        {
            string[] parts = header.Split(": ", 2);
            response.Headers.TryAddWithoutValidation(parts[0], parts[1]);
        }

        _quota.Learn(response);
    }

    private static HttpRequestMessage Request(string method, string path) =>
        new(new HttpMethod(method), new Uri($"https://registry.example{path}"));
}
