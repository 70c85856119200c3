using System.Diagnostics;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>
/// One operation: a job among faults, a look at what it leaves, and the same job without faults when it failed.
/// </summary>
internal sealed class Operation(int seed, int number, ChaosImages images)
{
    /// <summary>Far beyond what the limits and retries of a job can add up to.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    public async Task<OperationRecord> RunAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        var plan = Plan.Make(seed, number, images);
        await using var stage = await Stage.CreateAsync(plan, images);
        var inspector = new Inspector(stage);
        (string Name, FaultScene Scene)[] faults =
            [.. plan.Faults.Select(fault => (fault.Name, fault.ArmIn(stage, plan.Random)))];
        if (plan.Rate is { } rate)
        {
            foreach (LatencyProxy proxy in stage.Proxies)
                proxy.Options.BytesPerSecond = rate;
        }

        JobEnd first = await RunAsync(stage.Job, plan.Interruption, cancellationToken);
        Dictionary<string, int> hits = faults.ToDictionary(fault => fault.Name, fault => fault.Scene.Hits);
        List<string> wrong = [.. Judge(first, plan, inspector)];
        List<string> flaws = first.Digest is null ? [.. inspector.FindFlaws()] : [];

        JobEnd? again = null;
        int resumedBefore = stage.CountResumed();
        if (first.Digest is null)
        {
            stage.Heal();
            if (inspector.HasArchive)
                File.Delete(stage.DestinationArchive);
            again = await RunAsync(stage.Job, Interruption.None, cancellationToken);
            wrong.AddRange(again.Digest is { } digest
                ? inspector.Check(digest)
                : [$"the same job without faults ended in {again.Code} {again.Message}"]);
        }

        return new OperationRecord
        {
            Number = number,
            Kind = plan.Kind,
            Hits = hits,
            Interruption = plan.Interruption.Kind,
            First = first,
            Again = again,
            Wrong = wrong,
            Flaws = flaws,
            ResumedFirst = resumedBefore,
            ResumedAgain = stage.CountResumed() - resumedBefore,
            BytesNeeded = stage.BytesNeeded((again ?? first).Digest),
            BytesPassed = stage.BytesPassed,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private static IEnumerable<string> Judge(JobEnd end, Plan plan, Inspector inspector) => end switch
    {
        { Digest: { } digest } => inspector.Check(digest),
        { WasStopped: true } => [],
        { Code: { } code } when plan.MayEnd.Contains(code) => [],
        { Code: { } code } => [$"it ended in {code}, which these faults do not explain: {end.Message}"],
        { IsUnrepaired: true } when plan.MayEnd.Any() => [],
        { IsUnrepaired: true } => [$"it left what these faults do not explain: {end.Message}"],
        _ => [$"it ended in no documented error: {end.Message}"],
    };

    private static async Task<JobEnd> RunAsync(
        Job job, Interruption interruption, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(s_limit);
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        try
        {
            if (interruption.Kind != InterruptionKind.Kill)
                return await job.RunAsync(new EventCount(Heard), interrupt.Token);
            await using var worker = WorkerProcess.Start();
            return await worker.RunAsync(job, interruption, stop.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested && interrupt.IsCancellationRequested)
        {
            return JobEnd.Stopped;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new JobEnd { Message = $"nothing after {s_limit.TotalSeconds} s" };
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            return JobEnd.Of(failure);
        }

        void Heard(TransferEvent _, int events)
        {
            if (interruption.Kind == InterruptionKind.Cancel && events == interruption.AfterEvents)
                interrupt.CancelAfter(interruption.Pause);
        }
    }
}
