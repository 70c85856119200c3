using OciTools.Http;
using OciTools.Operations;
using OciTools.Transport;

namespace OciTools.Reliability.Chaos;

/// <summary>One transfer. It can be sent to another process as JSON.</summary>
/// <param name="Kind">Which transfer.</param>
/// <param name="Source">The reference of the image, or the path of the archive to import.</param>
/// <param name="Destination">The reference to write to, or the path of the archive to write.</param>
/// <param name="Converts">Whether an image of schema 1 becomes an OCI image.</param>
internal sealed record Job(JobKind Kind, string Source, string Destination, bool Converts = false)
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
    public Task<JobEnd> RunAsync(IProgress<TransferEvent> progress, CancellationToken cancellationToken)
    {
        var session = new OciSession(new HttpClientSource());
        return Kind switch
        {
            JobKind.Repair => RepairAsync(session, progress, cancellationToken),
            _ when Kind.WritesArchive() => ExportAsync(session, progress, cancellationToken),
            _ when Kind.ReadsArchive() => ImportAsync(session, progress, cancellationToken),
            _ => CopyAsync(session, progress, cancellationToken),
        };
    }

    private async Task<JobEnd> CopyAsync(
        OciSession session, IProgress<TransferEvent> progress, CancellationToken cancellationToken)
    {
        OciTransferResult copied = await new CopyImageOperation(session).RunAsync(
            new CopyImageRequest
            {
                Source = ImageReference.Parse(Source),
                Destination = ImageReference.Parse(Destination),
                ConvertSchema1 = Converts,
                SourceOptions = s_options,
                DestinationOptions = s_options,
            },
            progress,
            cancellationToken);
        return JobEnd.Of(copied);
    }

    private async Task<JobEnd> ExportAsync(
        OciSession session, IProgress<TransferEvent> progress, CancellationToken cancellationToken)
    {
        IReadOnlyList<OciTransferResult> exported = await new ExportArchiveOperation(session).RunAsync(
            new ExportArchiveRequest
            {
                Images = [new ArchiveImage(ImageReference.Parse(Source))],
                Path = Destination,
                ConvertSchema1 = Converts,
                SourceOptions = s_options,
            },
            progress,
            cancellationToken);
        return JobEnd.Of(exported.Single());
    }

    private async Task<JobEnd> ImportAsync(
        OciSession session, IProgress<TransferEvent> progress, CancellationToken cancellationToken)
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
        return JobEnd.Of(imported.Single());
    }

    private async Task<JobEnd> RepairAsync(
        OciSession session, IProgress<TransferEvent> progress, CancellationToken cancellationToken)
    {
        OciTestResult tested = await new TestImageOperation(session).RunAsync(
            new TestImageRequest
            {
                Reference = ImageReference.Parse(Destination),
                RepairFrom = ImageReference.Parse(Source),
                Options = s_options,
            },
            progress,
            cancellationToken).SingleAsync(cancellationToken);
        return JobEnd.Of(tested);
    }
}
