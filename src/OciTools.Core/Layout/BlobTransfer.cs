using System.Globalization;

namespace OciTools.Layout;

/// <summary>
/// Brings one blob from a source into a staged file. It goes on where an earlier transfer stopped, and begins again if
/// what that left was damaged.
/// </summary>
internal sealed class BlobTransfer(Descriptor blob, IContentSource source, IProgress<TransferEvent>? progress)
{
    public Descriptor Blob { get; } = blob;

    /// <exception cref="OciException"><see cref="OciErrorCode.ContentMismatch"/>.</exception>
    public async Task RunAsync(StagedBlob staged, CancellationToken cancellationToken)
    {
        Report(TransferEventKind.Started, 0);
        try
        {
            bool isResumed = await RecoverAsync(staged, cancellationToken).ConfigureAwait(false);
            try
            {
                await ReceiveAsync(staged, cancellationToken).ConfigureAwait(false);
            }
            catch (OciException error) when (isResumed
                && error.Code is OciErrorCode.ContentMismatch or OciErrorCode.RegistryProtocol)
            {
                // A crash of the machine may leave zeros where bytes had been written; and what a registry that cannot
                // do ranges rightly has answered does not fit.
                staged.Clear();
                Report(
                    TransferEventKind.Warned,
                    0,
                    $"What an earlier transfer left of {Blob.Digest} cannot be used. It is fetched from the start.");
                Report(TransferEventKind.Started, 0);
                await ReceiveAsync(staged, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OciException error) when (error.Code == OciErrorCode.ContentMismatch)
        {
            staged.Clear();
            throw;
        }

        Report(TransferEventKind.Completed, Blob.Size);
    }

    /// <returns>Whether anything was there.</returns>
    private async Task<bool> RecoverAsync(StagedBlob staged, CancellationToken cancellationToken)
    {
        // Direct writes go on at a whole block.
        long length = staged.Recoverable == Blob.Size
            ? Blob.Size
            : staged.Recoverable - (staged.Recoverable % BlockBuffers.Alignment);
        if (length > 0)
        {
            Report(
                TransferEventKind.Resumed,
                length,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Continuing {Blob.Digest} at byte {length} of {Blob.Size}, after a check of what is there"));
        }

        await staged.RecoverAsync(length, cancellationToken).ConfigureAwait(false);
        return length > 0;
    }

    private async Task ReceiveAsync(StagedBlob staged, CancellationToken cancellationToken)
    {
        Action<long>? advanced = Advance();
        var ranges = source as IRangeSource;
        int connections =
            await ReceiveInOrderAsync(staged, ranges, advanced, cancellationToken).ConfigureAwait(false);
        if (connections > 1)
        {
            await new RangedTransfer(Blob, ranges!, connections, staged, progress, advanced)
                .RunAsync(cancellationToken).ConfigureAwait(false);
            await ReceiveInOrderAsync(staged, null, advanced, cancellationToken).ConfigureAwait(false);
        }

        ContentMismatch.Check(Blob, staged.Length, staged.ComputeDigest());
    }

    /// <summary>Receives over one connection, to the end if that is not slow.</summary>
    /// <param name="staged">The file.</param>
    /// <param name="ranges">Could send parts; null to read to the end in any case.</param>
    /// <param name="advanced">Hears how many bytes there are so far.</param>
    /// <param name="cancellationToken">Stops at the next buffer.</param>
    /// <returns>Over how many connections to go on; 1 at the end.</returns>
    private async Task<int> ReceiveInOrderAsync(
        StagedBlob staged, IRangeSource? ranges, Action<long>? advanced, CancellationToken cancellationToken)
    {
        if (staged.Length == Blob.Size && Blob.Size > 0)
            return 1;

        int connections = 1;
        var speed = new LineSpeed(ranges?.BytesRead ?? 0);
        Stream content = await OpenAsync(staged.Length, cancellationToken).ConfigureAwait(false);
        await using (content.ConfigureAwait(false))
        {
            long size = await staged.ReceiveAsync(
                content, Blob.Size, advanced, ranges is null ? null : IsSlow, cancellationToken).ConfigureAwait(false);
            if (size > Blob.Size)
                throw ContentMismatch.Exceeded(Blob);
        }

        return connections;

        bool IsSlow(long bytes, TimeSpan waited)
        {
            if (speed.IsSlow(ranges.BytesRead, waited))
                connections = RangedTransfer.ConnectionsFor(Blob, ranges, bytes);
            return connections > 1;
        }
    }

    private async Task<Stream> OpenAsync(long offset, CancellationToken cancellationToken) =>
        Blob.Data is { } data
            ? new MemoryStream(data[(int)Math.Min(offset, data.Length)..].ToArray(), writable: false)
            : await source.OpenBlobAsync(Blob, offset, cancellationToken).ConfigureAwait(false);

    private Action<long>? Advance()
    {
        if (progress is null)
            return null;
        var pace = new ProgressPace();
        return bytes =>
        {
            if (pace.IsDue(bytes))
                Report(TransferEventKind.Advanced, bytes);
        };
    }

    private void Report(TransferEventKind kind, long bytes, string? message = null) => progress?.Report(
        new TransferEvent { Kind = kind, Descriptor = Blob, Bytes = bytes, Message = message });
}
