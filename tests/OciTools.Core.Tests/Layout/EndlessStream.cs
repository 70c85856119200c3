namespace OciTools.Tests.Layout;

/// <summary>Zeros without end.</summary>
internal sealed class EndlessStream : ReadOnlyStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        buffer.Span.Clear();
        return ValueTask.FromResult(buffer.Length);
    }
}
