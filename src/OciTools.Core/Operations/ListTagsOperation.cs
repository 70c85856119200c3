using System.Runtime.CompilerServices;

namespace OciTools.Operations;

/// <summary>Lists the tags of a repository or layout.</summary>
/// <param name="session">Opens the source.</param>
public sealed class ListTagsOperation(OciSession session)
{
    /// <summary>
    /// Lists the tags in the order of the source, page by page: whoever stops early asks for no further page.
    /// </summary>
    /// <param name="repository">The repository or layout; its own tag or digest means nothing here.</param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of decisions and retries.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.RepositoryNotFound"/>, and whatever reaching the source can meet.
    /// </exception>
    public async IAsyncEnumerable<OciTag> RunAsync(
        ImageReference repository,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        IContentSource source = session.OpenSource(repository, options, progress);
        await using ConfiguredAsyncDisposable _ = source.AsDisposable().ConfigureAwait(false);
        await foreach (string tag in source.ListTagsAsync(cancellationToken).ConfigureAwait(false))
            yield return new OciTag { Reference = repository.WithTag(tag), Name = tag };
    }
}
