namespace OciTools.Tests.Layout;

/// <summary>Gives some bytes, then cancels its reader and waits for ever.</summary>
internal sealed class HaltingStream(byte[] content, CancellationTokenSource cancel) : ReadOnlyStream
{
    private readonly MemoryStream _content = new(content);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await _content.ReadAsync(buffer, cancellationToken);
        if (count > 0)
            return count;
        await cancel.CancelAsync();
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return 0;
    }
}
