using OciTools.Registry;
using OciTools.Registry.Auth;

namespace OciTools.Operations;

/// <summary>Tells what registries have said of the caller's quota, and asks them.</summary>
/// <param name="session">Knows the registries.</param>
public sealed class GetRateLimitOperation(OciSession session)
{
    // Docker's documentation names this image for the question; a look-up of it is not counted.
    private static readonly ImageReference s_dockerHub = ImageReference.Parse("docker.io/ratelimitpreview/test:latest");

    /// <summary>The last that each registry of the session has said, by name. Asks nobody.</summary>
    public IReadOnlyList<OciRateLimit> GetKnown() =>
        [.. session.Connections
            .Select(connection => connection.Quota.Latest)
            .OfType<OciRateLimit>()
            .GroupBy(known => known.Registry)
            .Select(known => known.MaxBy(one => one.ObservedAt)!)
            .OrderBy(known => known.Registry, StringComparer.Ordinal)];

    /// <summary>Asks a registry as such, without fetching anything.</summary>
    /// <param name="registry">The registry's host, with its port when it is not the usual one.</param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Null when the registry says nothing of a quota.</returns>
    /// <exception cref="OciException">The registry cannot be reached or used.</exception>
    public async Task<OciRateLimit?> RunAsync(
        string registry,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ImageReference place = RegistryName.Place(registry);
        if (place.Registry == s_dockerHub.Registry)
            return await RunAsync(s_dockerHub, options, progress, cancellationToken).ConfigureAwait(false);

        RegistryConnection connection = session.Connect(place, options ?? new RegistryOptions());
        RegistryAnswer answer = await connection.AskForBaseAsync(progress, cancellationToken).ConfigureAwait(false);
        return Read(answer, connection, progress)
            ?? (answer.IsSuccess ? null : throw RegistryErrors.Create(answer, ErrorSubject.Other, null, registry));
    }

    /// <summary>Asks the registry of an image with a look-up (HEAD) of its manifest.</summary>
    /// <param name="reference">The image.</param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>Null when the registry says nothing of a quota.</returns>
    /// <exception cref="ArgumentException">The reference is not to a registry.</exception>
    /// <exception cref="OciException">The registry cannot be reached or used, or does not have the image.</exception>
    public async Task<OciRateLimit?> RunAsync(
        ImageReference reference,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        options ??= new RegistryOptions();
        RegistryConnection connection = session.Connect(reference, options);
        var api = new RepositoryApi(connection, reference.WithoutName(), RegistryAccess.Pull, options, progress);
        RegistryAnswer answer = await api.ReadAsync(
            HttpMethod.Head,
            api.ManifestUrl(RegistryStore.NameOf(reference)),
            ContentLimits.ErrorBody,
            cancellationToken,
            RegistryStore.AcceptDocuments).ConfigureAwait(false);
        return Read(answer, connection, progress)
            ?? (answer.IsSuccess ? null : throw api.Error(answer, ErrorSubject.Manifest, reference));
    }

    private static OciRateLimit? Read(
        RegistryAnswer answer, RegistryConnection connection, IProgress<TransferEvent>? progress)
    {
        OciRateLimit? found = RateLimitHeaders.Read(answer.Headers, connection.Registry, DateTimeOffset.UtcNow);
        if (found is null && answer.IsSuccess)
        {
            progress?.Report(new TransferEvent
            {
                Kind = TransferEventKind.Decided,
                Message = $"{connection.Registry} says nothing of a quota.",
            });
        }

        return found;
    }
}
