namespace OciTools.Archives;

/// <summary>A blob that an archive will hold, and where it comes from.</summary>
internal sealed record PendingBlob(Descriptor Descriptor, IContentSource Source, IProgress<TransferEvent>? Progress)
{
    public async Task<Stream> OpenAsync(CancellationToken cancellationToken) => Descriptor.Data is { } data
        ? new MemoryStream(data.ToArray(), writable: false)
        : await Source.OpenBlobAsync(Descriptor, 0, cancellationToken).ConfigureAwait(false);

    public void Report(TransferEventKind kind, long bytes) =>
        Progress?.Report(new TransferEvent { Kind = kind, Descriptor = Descriptor, Bytes = bytes });
}
