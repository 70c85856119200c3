using System.Globalization;
using OciTools.Transport;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace OciTools.Http;

/// <summary>
/// Repeats replayable requests until their headers arrive, and makes every request keep the pauses of its host.
/// </summary>
internal sealed class ResilienceHandler : DelegatingHandler
{
    private static readonly ResiliencePropertyKey<HttpRequestMessage> s_request = new("OciTools.Request");
    private static readonly TimeSpan s_longestDelay = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_longestTimeout = TimeSpan.FromDays(1);

    private readonly TransportProfile _profile;
    private readonly HostGates _gates;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline<HttpResponseMessage> _replayed;
    private readonly ResiliencePipeline<HttpResponseMessage> _askedOnce;
    private readonly ResiliencePipeline<HttpResponseMessage> _streamed;

    public ResilienceHandler(TransportProfile profile, HostGates gates, TimeProvider time)
    {
        _profile = profile;
        _gates = gates;
        _time = time;
        _replayed = Build(isRepeated: true, isTimed: true);
        _askedOnce = Build(isRepeated: false, isTimed: true);
        // A body that streams takes its time, and its sender watches it.
        _streamed = Build(isRepeated: false, isTimed: false);
    }

    public static HttpRequestMessage RequestOf(ResilienceContext context) =>
        context.Properties.TryGetValue(s_request, out HttpRequestMessage? request)
            ? request
            : throw new InvalidOperationException("The context carries no request.");

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ResiliencePipeline<HttpResponseMessage> pipeline = RetryRules.IsReplayable(request) ? _replayed
            : request.Content is null ? _askedOnce
            : _streamed;
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(s_request, request);
        try
        {
            return await pipeline.ExecuteAsync(
                static (context, handler) => handler.SendOnceAsync(context), context, this).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException)
        {
            throw Silent(request, _profile.IdleTimeout);
        }
        catch (OperationCanceledException error)
            when (!cancellationToken.IsCancellationRequested && RetryRules.IsConnectTimeout(error))
        {
            throw Silent(request, _profile.ConnectTimeout);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ResiliencePipeline<HttpResponseMessage> Build(bool isRepeated, bool isTimed)
    {
        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = _time };
        if (isRepeated && _profile.MaximumRetryCount > 0)
            pipeline.AddRetry(RetryOptions());
        pipeline.AddStrategy(_ => new HostGateStrategy(_gates, _profile, _time));
        if (isTimed && _profile.IdleTimeout > TimeSpan.Zero)
            pipeline.AddTimeout(_profile.IdleTimeout < s_longestTimeout ? _profile.IdleTimeout : s_longestTimeout);
        return pipeline.Build();
    }

    private async ValueTask<HttpResponseMessage> SendOnceAsync(ResilienceContext context) =>
        await base.SendAsync(RequestOf(context), context.CancellationToken).ConfigureAwait(false);

    private RetryStrategyOptions<HttpResponseMessage> RetryOptions() => new()
    {
        MaxRetryAttempts = _profile.MaximumRetryCount,
        BackoffType = DelayBackoffType.Exponential,
        Delay = _profile.RetryInterval,
        MaxDelay = s_longestDelay,
        UseJitter = true,
        ShouldHandle =
            arguments => ValueTask.FromResult(RetryRules.MayPass(arguments.Outcome, arguments.AttemptNumber)),
        // After a refusal it is the host's gate that makes the next attempt wait.
        DelayGenerator = arguments => ValueTask.FromResult<TimeSpan?>(
            RetryRules.IsRefusal(arguments.Outcome.Result) ? TimeSpan.Zero : null),
        OnRetry = Report,
    };

    private ValueTask Report(OnRetryArguments<HttpResponseMessage> arguments)
    {
        HttpRequestMessage request = RequestOf(arguments.Context);
        if (!RetryRules.IsRefusal(arguments.Outcome.Result)
            && request.Options.TryGetValue(RequestOptions.Progress, out IProgress<TransferEvent>? progress))
        {
            string what = RequestText.Describe(request.Method, request.RequestUri!);
            string delay = arguments.RetryDelay.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
            progress.Report(new TransferEvent
            {
                Kind = TransferEventKind.Retried,
                Message = $"{what} {Reason(arguments.Outcome)}; trying again in {delay} s "
                    + $"({arguments.AttemptNumber + 1} of {_profile.MaximumRetryCount})",
            });
        }

        return ValueTask.CompletedTask;
    }

    private static string Reason(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Result: { } response } => $"answered {(int)response.StatusCode}",
        { Exception: HttpRequestException error } => $"failed ({error.HttpRequestError})",
        _ => "was not answered in time",
    };

    private static OciException Silent(HttpRequestMessage request, TimeSpan limit)
    {
        string host = DisplayText.Sanitize(request.RequestUri!.Authority);
        return new OciException(
            OciErrorCode.OperationTimeout,
            $"{host} gave no answer within {limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)} s. "
                + "Check the network, or raise the time limit.",
            host);
    }
}
