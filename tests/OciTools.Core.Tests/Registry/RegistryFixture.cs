using System.Collections.Concurrent;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Registry;
using OciTools.Registry.Auth;
using OciTools.Testing;
using OciTools.Transport;

namespace OciTools.Tests.Registry;

/// <summary>A session that finds no credential files, retries at once, and keeps what it reports.</summary>
internal sealed class RegistryFixture : IProgress<TransferEvent>
{
    private readonly ConcurrentQueue<TransferEvent> _events = new();

    public OciSession Session { get; } = NewSession();

    public IReadOnlyList<TransferEvent> Events => [.. _events];

    public static RegistryOptions Options { get; } = new()
    {
        Transport = new TransportProfile
        {
            RetryInterval = TimeSpan.FromMilliseconds(1),
            MaximumRetryCount = 3,
            IdleTimeout = TimeSpan.FromSeconds(30),
        },
    };

    public static OciSession NewSession() => new(
        new HttpClientSource(),
        new CredentialEnvironment(_ => null, Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));

    public RegistryStore Open(string host, string repository, RegistryOptions? options = null) =>
        Session.OpenRegistry(ImageReference.ForRegistry(host, repository), options ?? Options, this);

    public IEnumerable<string> Messages(TransferEventKind kind) =>
        Events.Where(item => item.Kind == kind).Select(item => item.Message ?? "");

    public void Report(TransferEvent value) => _events.Enqueue(value);

    /// <summary>The requests as method and path, without the part that all have in common.</summary>
    public static IReadOnlyList<string> Requests(TestRegistry registry) =>
        [.. registry.Requests.Select(request => $"{request.Method} {request.Path["/v2/".Length..]}")];
}
