using Polly;

namespace OciTools.Http;

/// <summary>Makes each attempt wait for its host's gate, and closes the gate when the host asks for a pause.</summary>
internal sealed class HostGateStrategy(HostGates gates, TimeProvider time) : ResilienceStrategy<HttpResponseMessage>
{
    protected override async ValueTask<Outcome<HttpResponseMessage>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<HttpResponseMessage>>> callback,
        ResilienceContext context,
        TState state)
    {
        HostGate gate = gates.For(ResilienceHandler.RequestOf(context).RequestUri!);
        try
        {
            await gate.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException error)
        {
            return Outcome.FromException<HttpResponseMessage>(error);
        }

        Outcome<HttpResponseMessage> outcome = await callback(context, state).ConfigureAwait(false);
        if (outcome.Result is { } response && RetryRules.PauseAskedBy(response, time) is { } pause)
            gate.CloseFor(pause);

        return outcome;
    }
}
