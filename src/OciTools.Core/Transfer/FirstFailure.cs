using System.Runtime.ExceptionServices;

namespace OciTools.Transfer;

/// <summary>
/// Ties tasks together: the first failure cancels the others and is the one that is told, whatever the cancellation
/// makes the others throw.
/// </summary>
internal sealed class FirstFailure(CancellationToken cancellationToken) : IDisposable
{
    private readonly CancellationTokenSource _source =
        CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    private ExceptionDispatchInfo? _first;

    /// <summary>Cancelled by the caller, or by the first failure.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Runs one task; it never throws. Ask <see cref="ThrowIfAny"/> when all have ended.</summary>
    public async Task GuardAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            Token.ThrowIfCancellationRequested();
            await work(Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // whatever it is, it is kept and thrown again by ThrowIfAny
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _first, ExceptionDispatchInfo.Capture(exception), null);
            await _source.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Throws the caller's cancellation or the first failure, if there is one.</summary>
    public void ThrowIfAny()
    {
        cancellationToken.ThrowIfCancellationRequested();
        _first?.Throw();
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();
}
