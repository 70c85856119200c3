using OciTools.Http;
using OciTools.Operations;
using OciTools.Transport;

namespace OciTools.Reliability.Chaos;

/// <summary>One transfer. It can be sent to another process as JSON.</summary>
/// <param name="Kind">Which transfer.</param>
/// <param name="Source">The reference of the image, or the path of the archive to import.</param>
/// <param name="Destination">The reference to write to, or the path of the archive to write.</param>
internal sealed record Job(JobKind Kind, string Source, string Destination)
{
    /// <summary>Short, because every stall takes this long.</summary>
    private static readonly TimeSpan s_idleLimit = TimeSpan.FromSeconds(2);

    private static readonly RegistryOptions s_options = new()
    {
        Anonymous = true,
        Transport = new TransportProfile
        {
            NoProxy = true,
            IdleTimeout = s_idleLimit,
            // As many as three faults of a kind that passes can take, each up to three times, all of one request.
            MaximumRetryCount = 9,
            RetryInterval = TimeSpan.FromMilliseconds(20),
        },
    };

    /// <summary>Does it, in a session of its own.</summary>
    /// <returns>The digest of what was written.</returns>
    public async Task<Digest> RunAsync(IProgress<TransferEvent> progress, CancellationToken cancellationToken)
    {
        var session = new OciSession(new HttpClientSource());
        if (Kind.WritesArchive())
        {
            IReadOnlyList<OciTransferResult> exported = await new ExportArchiveOperation(session).RunAsync(
                new ExportArchiveRequest
                {
                    Images = [new ArchiveImage(ImageReference.Parse(Source))],
                    Path = Destination,
                    SourceOptions = s_options,
                },
                progress,
                cancellationToken);
            return exported.Single().Digest;
        }

        if (Kind.ReadsArchive())
        {
            IReadOnlyList<OciTransferResult> imported = await new ImportArchiveOperation(session).RunAsync(
                new ImportArchiveRequest
                {
                    Path = Source,
                    Destination = ImageReference.Parse(Destination),
                    DestinationOptions = s_options,
                },
                progress,
                cancellationToken);
            return imported.Single().Digest;
        }

        OciTransferResult copied = await new CopyImageOperation(session).RunAsync(
            new CopyImageRequest
            {
                Source = ImageReference.Parse(Source),
                Destination = ImageReference.Parse(Destination),
                SourceOptions = s_options,
                DestinationOptions = s_options,
            },
            progress,
            cancellationToken);
        return copied.Digest;
    }
}
