using System.Globalization;

namespace OciTools.Registry;

/// <summary>
/// What a registry has said of a caller's quota, and the pace that makes it last: when a tenth is left, requests are
/// spread over the time until the quota is whole again, but none is made to wait for more than a moment.
/// </summary>
/// <remarks>
/// Docker Hub counts manifests that are fetched and says so on them alone. So the requests that are slowed down are
/// those of the kind whose answers told of the quota, and no look-up (HEAD).
/// </remarks>
internal sealed class RegistryQuota(string registry, TimeProvider time)
{
    private const int FewWhenUnlimited = 10;

    private static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(2);

    // A quota that is whole again sooner is a matter of pace; nothing for a person to act on.
    private static readonly TimeSpan s_soon = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private OciRateLimit? _ofManifests;
    private OciRateLimit? _ofOthers;
    private DateTimeOffset _nextTurn = DateTimeOffset.MinValue;

    /// <summary>The last that the registry has said; null while it has said nothing.</summary>
    public OciRateLimit? Latest { get; private set; }

    /// <summary>Reads what an answer says.</summary>
    public void Learn(HttpResponseMessage response)
    {
        if (RateLimitHeaders.Read(response.Headers, registry, time.GetUtcNow()) is not { } found)
            return;

        lock (_lock)
        {
            Latest = found;
            if (IsForManifest(response.RequestMessage!))
                _ofManifests = found;
            else
                _ofOthers = found;
        }
    }

    /// <summary>Waits for the turn of a request; at once while there is enough.</summary>
    public async ValueTask WaitAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        TimeSpan wait = request.Method == HttpMethod.Head ? TimeSpan.Zero : TakeTurn(IsForManifest(request));
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What to tell the caller, and how loudly; null while there is enough.</summary>
    public TransferEvent? FindWarning()
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            OciRateLimit? low = IsLow(_ofManifests, now) ? _ofManifests : IsLow(_ofOthers, now) ? _ofOthers : null;
            return low is null
                ? null
                : new TransferEvent
                {
                    Kind = LeftOf(low, now) > s_soon ? TransferEventKind.Warned : TransferEventKind.Decided,
                    Message = $"{registry} has {low}{Period(low)} for this caller; "
                        + "what counts is sent more slowly now. "
                        + "Signing in with Connect-OciRegistry may give a larger quota.",
                };
        }
    }

    private TimeSpan TakeTurn(bool isForManifest)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            OciRateLimit? known = isForManifest ? _ofManifests : _ofOthers;
            if (!IsLow(known, now))
                return TimeSpan.Zero;

            TimeSpan step = LeftOf(known!, now) / Math.Max(known!.Remaining, 1);
            DateTimeOffset turn = now > _nextTurn ? now : _nextTurn;
            _nextTurn = turn + (step < s_longestStep ? step : s_longestStep);
            return turn - now;
        }
    }

    private static bool IsLow(OciRateLimit? known, DateTimeOffset now) =>
        known is not null
        && LeftOf(known, now) > TimeSpan.Zero
        && (known.Limit is { } limit ? known.Remaining <= limit / 10 : known.Remaining < FewWhenUnlimited);

    /// <summary>How long what is left has to last; where the registry does not say, as long as makes sense.</summary>
    private static TimeSpan LeftOf(OciRateLimit known, DateTimeOffset now) =>
        (known.ResetsAt ?? known.ObservedAt + (known.Window ?? TimeSpan.FromHours(1))) - now;

    private static string Period(OciRateLimit known) => known switch
    {
        { ResetsAt: { } until } =>
            string.Create(CultureInfo.InvariantCulture, $" until {until.ToLocalTime():yyyy-MM-dd HH:mm:ss}"),
        { Window: { TotalHours: >= 1 } window } =>
            string.Create(CultureInfo.InvariantCulture, $" in {window.TotalHours:0.#} h"),
        { Window: { } window } =>
            string.Create(CultureInfo.InvariantCulture, $" in {window.TotalSeconds:0} s"),
        _ => "",
    };

    private static bool IsForManifest(HttpRequestMessage request) =>
        request.RequestUri!.AbsolutePath.Contains("/manifests/", StringComparison.Ordinal);
}
