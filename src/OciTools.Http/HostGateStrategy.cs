using System.Globalization;
using OciTools.Transport;
using Polly;

namespace OciTools.Http;

/// <summary>
/// Makes each attempt wait for its host's gate, and closes the gate when the host refuses because it is asked too much.
/// </summary>
internal sealed class HostGateStrategy(HostGates gates, TransportProfile profile, TimeProvider time)
    : ResilienceStrategy<HttpResponseMessage>
{
    private static readonly ResiliencePropertyKey<int> s_refusals = new("OciTools.Refusals");

    // Nobody should wonder for so long why nothing moves.
    private static readonly TimeSpan s_longPause = TimeSpan.FromMinutes(1);

    protected override async ValueTask<Outcome<HttpResponseMessage>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<HttpResponseMessage>>> callback,
        ResilienceContext context,
        TState state)
    {
        HttpRequestMessage request = ResilienceHandler.RequestOf(context);
        HostGate gate = gates.For(request.RequestUri!);
        int pauses;
        try
        {
            pauses = await gate.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            return Outcome.FromException<HttpResponseMessage>(error);
        }

        Outcome<HttpResponseMessage> outcome = await callback(context, state).ConfigureAwait(false);
        if (outcome.Result is not { } response)
            return outcome;

        if (!RetryRules.IsRefusal(response))
        {
            gate.Accept(pauses);
            return outcome;
        }

        int refusals = context.Properties.GetValue(s_refusals, 0);
        context.Properties.Set(s_refusals, refusals + 1);
        TimeSpan? asked = RetryRules.PauseAskedBy(response, time);
        if (gate.Refuse(pauses, asked, profile.RetryInterval, refusals) is { } pause)
            Report(request, response, pause);
        return outcome;
    }

    private static void Report(HttpRequestMessage request, HttpResponseMessage response, TimeSpan pause)
    {
        if (!request.Options.TryGetValue(RequestOptions.Progress, out IProgress<TransferEvent>? progress))
            return;

        string what = RequestText.Describe(request.Method, request.RequestUri!);
        string host = DisplayText.Sanitize(request.RequestUri!.Authority);
        progress.Report(new TransferEvent
        {
            Kind = pause < s_longPause ? TransferEventKind.Retried : TransferEventKind.Warned,
            Message = string.Create(
                CultureInfo.InvariantCulture,
                $"{what} answered {(int)response.StatusCode}; "
                    + $"all requests to {host} wait for {pause.TotalSeconds:0.0} s"),
        });
    }
}
