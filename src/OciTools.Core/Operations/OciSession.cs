using System.Collections.Concurrent;
using OciTools.Archives;
using OciTools.Layout;
using OciTools.Registry;
using OciTools.Registry.Auth;
using OciTools.Transport;

namespace OciTools.Operations;

/// <summary>
/// What operations share: the HTTP clients, the credentials given to the session, and what is known of each registry.
/// Safe for concurrent use.
/// </summary>
public sealed class OciSession
{
    private readonly ConcurrentDictionary<ConnectionKey, RegistryConnection> _connections = new();
    private readonly IHttpClientSource _http;

    /// <summary>Creates a session.</summary>
    /// <param name="http">Hands out the HTTP clients.</param>
    public OciSession(IHttpClientSource http)
        : this(http, CredentialEnvironment.Current)
    {
    }

    internal OciSession(IHttpClientSource http, CredentialEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(http);
        _http = http;
        Resolver = new CredentialResolver(Credentials, environment);
    }

    /// <summary>The credentials that were given to this session.</summary>
    public CredentialStore Credentials { get; } = new();

    internal CredentialResolver Resolver { get; }

    internal IEnumerable<RegistryConnection> Connections => _connections.Values;

    /// <summary>Opens a repository of a registry. Asks nobody: the first use of the store does.</summary>
    /// <param name="reference">The repository; a tag or digest means nothing here.</param>
    /// <param name="options">How to talk to the registry; null for the defaults.</param>
    /// <param name="progress">Hears of requests, decisions and retries.</param>
    /// <exception cref="ArgumentException">The reference is not to a registry.</exception>
    /// <exception cref="OciException"><see cref="OciErrorCode.CertificateInvalid"/>.</exception>
    public RegistryStore OpenRegistry(
        ImageReference reference, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return OpenRegistry(reference, options, RegistryAccess.Pull, progress);
    }

    /// <summary>Opens the place of a reference to read from.</summary>
    /// <param name="reference">The place; a tag or digest means nothing here.</param>
    /// <param name="options">How to talk to a registry; null for the defaults.</param>
    /// <param name="progress">Hears of requests, decisions and retries.</param>
    /// <exception cref="OciException">The place is not there.</exception>
    public IContentSource OpenSource(
        ImageReference reference, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Transport switch
        {
            TransportKind.Registry => OpenRegistry(reference, options, progress),
            TransportKind.Layout => LayoutStore.Open(reference.Path!, progress),
            _ => ArchiveSource.Open(reference.Path!),
        };
    }

    /// <summary>Opens the place of a reference to write to; a layout is made when there is none.</summary>
    /// <param name="reference">The place; a tag or digest means nothing here.</param>
    /// <param name="options">How to talk to a registry; null for the defaults.</param>
    /// <param name="progress">Hears of requests, decisions and retries.</param>
    /// <param name="archive">
    /// How to write an archive; null for the defaults. <c>docker-archive:</c> decides on the format itself.
    /// </param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.DestinationExists"/>: the archive exists, or the folder of a layout holds other things.
    /// </exception>
    public IContentSink OpenSink(
        ImageReference reference,
        RegistryOptions? options = null,
        IProgress<TransferEvent>? progress = null,
        ArchiveOptions? archive = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return reference.Transport switch
        {
            TransportKind.Registry => OpenRegistry(reference, options, RegistryAccess.Push, progress),
            TransportKind.Layout => LayoutStore.OpenOrCreate(reference.Path!, progress),
            TransportKind.DockerArchive => ArchiveSink.Create(
                reference.Path!, (archive ?? new ArchiveOptions()) with { Format = ArchiveFormat.Docker }, progress),
            _ => ArchiveSink.Create(reference.Path!, archive, progress),
        };
    }

    /// <summary>
    /// Opens the place of a reference to read from, without what the session has read there before: to see what is
    /// there now.
    /// </summary>
    internal IContentSource OpenFresh(
        ImageReference reference, RegistryOptions? options, IProgress<TransferEvent>? progress)
    {
        if (reference.Transport != TransportKind.Registry)
            return OpenSource(reference, options, progress);
        options ??= new RegistryOptions();
        var connection = new RegistryConnection(reference, options, Resolver, _http);
        return new RegistryStore(connection, reference, RegistryAccess.Pull, options, progress);
    }

    internal RegistryConnection Connect(ImageReference reference, RegistryOptions options) =>
        _connections.GetOrAdd(
            ConnectionKey.For(reference, options),
            _ => new RegistryConnection(reference, options, Resolver, _http));

    /// <summary>Forgets what is known of a registry, tokens included; the next use signs in anew.</summary>
    internal void Forget(string registry)
    {
        foreach (ConnectionKey key in _connections.Keys.Where(key => key.Registry == registry))
            _connections.TryRemove(key, out _);
    }

    private RegistryStore OpenRegistry(
        ImageReference reference,
        RegistryOptions? options,
        RegistryAccess access,
        IProgress<TransferEvent>? progress)
    {
        options ??= new RegistryOptions();
        return new RegistryStore(Connect(reference, options), reference, access, options, progress);
    }
}
