using System.Management.Automation;
using OciTools.Loading;
using OciTools.Operations;

namespace OciTools.Cmdlets;

/// <summary>
/// The base of the cmdlets. Paths, credentials and questions to the user are settled on the pipeline thread; then an
/// operation runs on the pool, and its results, notices and errors come back to the pipeline thread in their order.
/// </summary>
public abstract class OciCmdlet : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    // Made on first use, which is on the pool: making it loads the HTTP packages.
    private protected static OciSession Session => ModuleSession.Current;

    /// <summary>Releases what the cmdlet holds. PowerShell calls it however the command ends.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the cmdlet holds.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
            _stop.Dispose();
    }

    /// <summary>Stops the running operation. PowerShell calls it from another thread.</summary>
    protected sealed override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command has just ended by itself.
        }
    }

    /// <summary>
    /// Runs an operation for one item and writes each of its results. Its failure is an error about this item alone.
    /// </summary>
    /// <param name="activity">What the progress bar says.</param>
    /// <param name="target">What an error is about, when the exception does not know better.</param>
    /// <param name="start">Starts the operation; called on the pool.</param>
    private protected void Run<T>(
        string activity,
        object target,
        Func<IProgress<TransferEvent>, CancellationToken, IAsyncEnumerable<T>> start)
        where T : notnull =>
        RunOnPool(activity, target, async (context, token) =>
        {
            await foreach (T result in start(context.Progress, token).ConfigureAwait(false))
                await context.WriteAsync(result, token).ConfigureAwait(false);
        });

    /// <summary>Runs an operation for one item and writes its result if it is wanted.</summary>
    /// <param name="activity">What the progress bar says.</param>
    /// <param name="target">What an error is about, when the exception does not know better.</param>
    /// <param name="start">Starts the operation; called on the pool.</param>
    /// <param name="writeResult">Whether the result goes into the pipeline.</param>
    private protected void Run<T>(
        string activity,
        object target,
        Func<IProgress<TransferEvent>, CancellationToken, Task<T>> start,
        bool writeResult = true)
        where T : notnull =>
        RunOnPool(activity, target, async (context, token) =>
        {
            T result = await start(context.Progress, token).ConfigureAwait(false);
            if (writeResult)
                await context.WriteAsync(result, token).ConfigureAwait(false);
        });

    /// <summary>Runs an operation for one item and writes the parts of its result.</summary>
    /// <param name="activity">What the progress bar says.</param>
    /// <param name="target">What an error is about, when the exception does not know better.</param>
    /// <param name="start">Starts the operation; called on the pool.</param>
    /// <param name="open">Takes the result apart; called on the pool.</param>
    private protected void Run<T>(
        string activity,
        object target,
        Func<IProgress<TransferEvent>, CancellationToken, Task<T>> start,
        Func<T, IEnumerable<object>> open)
        where T : notnull =>
        RunOnPool(activity, target, async (context, token) =>
        {
            T result = await start(context.Progress, token).ConfigureAwait(false);
            foreach (object part in open(result))
                await context.WriteAsync(part, token).ConfigureAwait(false);
        });

    /// <summary>
    /// Runs an operation that tells of errors by itself, and writes the parts of its results as they come.
    /// </summary>
    /// <param name="activity">What the progress bar says.</param>
    /// <param name="target">What an error is about, when the exception does not know better.</param>
    /// <param name="start">Starts the operation; called on the pool.</param>
    /// <param name="open">Takes a result apart; called on the pool.</param>
    private protected void Run<T>(
        string activity,
        object target,
        Func<OperationContext, CancellationToken, IAsyncEnumerable<T>> start,
        Func<T, IEnumerable<object>> open)
        where T : notnull =>
        RunOnPool(activity, target, async (context, token) =>
        {
            await foreach (T result in start(context, token).ConfigureAwait(false))
            {
                foreach (object part in open(result))
                    await context.WriteAsync(part, token).ConfigureAwait(false);
            }
        });

    /// <summary>Resolves the paths of references to layouts; an unusable one is an error, and is left out.</summary>
    private protected IEnumerable<ImageReference> Resolve(IEnumerable<ImageReference> references)
    {
        foreach (ImageReference reference in references)
        {
            ImageReference? resolved = null;
            try
            {
                resolved = PathResolver.Resolve(SessionState.Path, reference);
            }
            catch (OciException exception)
            {
                WriteError(ErrorMap.ToErrorRecord(exception, reference));
            }

            if (resolved is not null)
                yield return resolved;
        }
    }

    /// <summary>Ends the command because of a mistake that concerns every item.</summary>
    private protected void ThrowTerminating(Exception exception, object? target) =>
        ThrowTerminatingError(ErrorMap.ToErrorRecord(exception, target));

    private void RunOnPool(string activity, object target, Func<OperationContext, CancellationToken, Task> work)
    {
        var board = new ProgressBoard(activity, TimeProvider.System);
        var memory = new HeapRelease();
        try
        {
            PipelinePump.Run<OperationMessage>(
                (queue, token) => ReportAsync(queue, board, target, work, token), Write, _stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        finally
        {
            foreach (ProgressState state in board.Complete())
                Write(state);
            memory.End();
        }
    }

    private static async Task ReportAsync(
        PipelineQueue<OperationMessage> queue,
        ProgressBoard board,
        object target,
        Func<OperationContext, CancellationToken, Task> work,
        CancellationToken token)
    {
        var reporter = new OperationReporter(queue, board, TimeProvider.System);
        await using (reporter.ConfigureAwait(false))
        {
            try
            {
                await work(new OperationContext(queue, reporter), token).ConfigureAwait(false);
            }
            catch (Exception exception)
                when (exception is not OperationCanceledException || !token.IsCancellationRequested)
            {
                queue.Post(new OperationMessage.Failure(exception, target));
            }
        }
    }

    // With -Debug and without -Verbose, PowerShell asks after each verbose message whether to go on.
    private bool HasDebugAlone =>
        MyInvocation.BoundParameters.TryGetValue("Debug", out object? debug)
        && debug is SwitchParameter { IsPresent: true }
        && !MyInvocation.BoundParameters.ContainsKey("Verbose");

    private void Write(OperationMessage message)
    {
        switch (message)
        {
            case OperationMessage.Output output:
                WriteObject(output.Value);
                break;
            case OperationMessage.Failure failure:
                WriteError(ErrorMap.ToErrorRecord(failure.Exception, failure.Target));
                break;
            case OperationMessage.Progress progress:
                Write(progress.State);
                break;
            case OperationMessage.Notice { Level: NoticeLevel.Warning } notice:
                WriteWarning(notice.Text);
                break;
            case OperationMessage.Notice { Level: NoticeLevel.Verbose } notice when !HasDebugAlone:
                WriteVerbose(notice.Text);
                break;
            case OperationMessage.Notice notice:
                WriteDebug(notice.Text);
                break;
        }
    }

    private void Write(ProgressState state) => WriteProgress(
        new ProgressRecord(state.ActivityId, state.Activity, state.Status)
        {
            ParentActivityId = state.ParentActivityId,
            PercentComplete = state.PercentComplete,
            SecondsRemaining = state.SecondsRemaining,
            RecordType = state.IsCompleted ? ProgressRecordType.Completed : ProgressRecordType.Processing,
        });
}
