using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace OciTools.Testing;

/// <summary>A registry in this process, on a free port of 127.0.0.1, that can misbehave on demand.</summary>
public sealed class TestRegistry : IAsyncDisposable
{
    private const int BufferLength = 4 * 1024 * 1024;
    private static readonly TimeSpan s_idleLimit = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;
    private readonly RegistryStorage _storage = new();
    private readonly RequestLog _log = new();
    private readonly TokenService _tokens;
    private readonly RegistryApi _api;
    private readonly ConcurrentDictionary<string, (StoredBlob Content, string ContentType)> _files = new();
    private readonly TestCertificates? _certificates;
    private int _connections;
    private int _openConnections;
    private int _peakConnections;

    private TestRegistry(TestRegistryOptions options)
    {
        Options = options;
        _tokens = new TokenService(options);
        _api = new RegistryApi(options, _storage, new AccessControl(options, _tokens));
        _certificates = options.Tls ? TestCertificates.Shared : null;

        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Configure);
        builder.WebHost.UseSockets(sockets =>
        {
            sockets.MaxReadBufferSize = BufferLength;
            sockets.MaxWriteBufferSize = BufferLength;
        });
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    public TestRegistryOptions Options { get; }

    public FaultList Faults { get; } = new();

    /// <summary>Where it is, with a slash at the end.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>The host and port, as in references.</summary>
    public string Host => Url.Authority;

    public int Port => Url.Port;

    /// <summary>All requests so far, in the order of arrival, those to the token service included.</summary>
    public IReadOnlyList<RecordedRequest> Requests => _log.Snapshot();

    /// <summary>The requests to the token service.</summary>
    public IReadOnlyList<RecordedRequest> TokenRequests =>
        [.. Requests.Where(request => request.Path == TokenService.Path)];

    /// <summary>How many connections were made.</summary>
    public int ConnectionCount => Volatile.Read(ref _connections);

    /// <summary>The most connections that were open at once.</summary>
    public int PeakConnections => Volatile.Read(ref _peakConnections);

    /// <summary>The most requests that were under way at once.</summary>
    public int PeakConcurrency => _log.Peak;

    /// <summary>The certificates; only with TLS.</summary>
    public TestCertificates Certificates =>
        _certificates ?? throw new InvalidOperationException("The registry was started without TLS.");

    public static async Task<TestRegistry> StartAsync(TestRegistryOptions? options = null)
    {
        var registry = new TestRegistry(options ?? new TestRegistryOptions());
        await registry._application.StartAsync();
        ICollection<string> addresses = registry._application.Services
            .GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        registry.Url = new Uri(addresses.Single());
        return registry;
    }

    /// <summary>The text of a reference: host and port, repository, tag or digest.</summary>
    public string Reference(string repository, string tagOrDigest = "latest") =>
        $"{Host}/{repository}{(tagOrDigest.Contains(':', StringComparison.Ordinal) ? '@' : ':')}{tagOrDigest}";

    /// <summary>Forgets the requests so far.</summary>
    public void ClearRequests() => _log.Clear();

    /// <summary>Puts a blob in a repository.</summary>
    public Descriptor AddBlob(
        string repository,
        ReadOnlyMemory<byte> content,
        string mediaType = "application/octet-stream",
        string algorithm = Digest.Sha256)
    {
        var digest = Digest.Compute(content.Span, algorithm);
        _storage.Get(repository).Blobs[digest] = new StoredBlob(content);
        return new Descriptor { MediaType = mediaType, Digest = digest, Size = content.Length };
    }

    /// <summary>Puts a file in a repository as a blob; it is read where it is, and its digest believed.</summary>
    public Descriptor AddBlobFile(
        string repository, string path, Digest? digest = null, string mediaType = "application/octet-stream")
    {
        if (digest is null)
        {
            using FileStream file = File.OpenRead(path);
            digest = Digest.Parse(
                $"sha256:{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file))}");
        }

        var blob = new StoredBlob(path);
        _storage.Get(repository).Blobs[digest] = blob;
        return new Descriptor { MediaType = mediaType, Digest = digest, Size = blob.Length };
    }

    /// <summary>Puts a manifest or index in a repository, unchecked, with a tag unless that is null.</summary>
    public Descriptor PutManifest(
        string repository, string? tag, byte[] bytes, string mediaType, string algorithm = Digest.Sha256)
    {
        var manifest = StoredManifest.Create(bytes, mediaType, algorithm);
        _storage.Get(repository).Put(manifest, tag);
        return new Descriptor { MediaType = mediaType, Digest = manifest.Digest, Size = bytes.Length };
    }

    /// <summary>Points a tag to a digest, which need not be there.</summary>
    public void Tag(string repository, string tag, Digest digest) => _storage.Get(repository).Tags[tag] = digest;

    /// <summary>Serves a file at any path, to anybody, with ranges: storage that a redirect or URL leads to.</summary>
    public Uri AddFile(string path, ReadOnlyMemory<byte> content, string contentType = "application/octet-stream")
    {
        _files[path] = (new StoredBlob(content), contentType);
        return new Uri(Url, path);
    }

    /// <summary>The bytes of a blob; null when the repository does not hold it.</summary>
    public byte[]? GetBlob(string repository, Digest digest) =>
        _storage.Repositories.GetValueOrDefault(repository)?.Blobs.GetValueOrDefault(digest)?.ToArray();

    /// <summary>The bytes and media type of a manifest; null when the repository does not hold it.</summary>
    public (byte[] Bytes, string MediaType, Digest Digest)? GetManifest(string repository, string tagOrDigest) =>
        _storage.Repositories.GetValueOrDefault(repository)?.Find(tagOrDigest) is StoredManifest manifest
            ? (manifest.Bytes, manifest.MediaType, manifest.Digest)
            : null;

    /// <summary>The tags of a repository in ordinal order.</summary>
    public IReadOnlyList<string> GetTags(string repository) =>
        [.. (_storage.Repositories.GetValueOrDefault(repository)?.Tags.Keys ?? []).Order(StringComparer.Ordinal)];

    /// <summary>The digests of the blobs of a repository.</summary>
    public IReadOnlyCollection<Digest> GetBlobs(string repository) =>
        [.. _storage.Repositories.GetValueOrDefault(repository)?.Blobs.Keys ?? []];

    /// <summary>The digests of the manifests and indexes of a repository.</summary>
    public IReadOnlyCollection<Digest> GetManifests(string repository) =>
        [.. _storage.Repositories.GetValueOrDefault(repository)?.Manifests.Keys ?? []];

    public bool RemoveBlob(string repository, Digest digest) =>
        _storage.Get(repository).Blobs.TryRemove(digest, out _);

    public bool RemoveManifest(string repository, Digest digest) => _storage.Get(repository).Remove(digest);

    /// <summary>Makes all access tokens invalid, as though their time had come.</summary>
    public void RevokeTokens() => _tokens.RevokeAll();

    /// <summary>A refresh token (an "identity token") of the user.</summary>
    public string AddRefreshToken() => _tokens.AddRefreshToken();

    public async ValueTask DisposeAsync()
    {
        Faults.Clear();
        // An ended token makes the server break connections at once.
        await _application.StopAsync(new CancellationToken(canceled: true));
        // Files that requests still hold open cannot be removed on Windows.
        await _log.WaitForIdleAsync().WaitAsync(s_idleLimit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _application.DisposeAsync();
        _storage.Dispose();
    }

    private void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.MaxResponseBufferSize = BufferLength;
        kestrel.Limits.MaxRequestBufferSize = BufferLength;
        kestrel.Limits.MaxConcurrentConnections = null;
        kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Use(next => async connection =>
            {
                CountConnection();
                try
                {
                    await next(connection);
                }
                finally
                {
                    Interlocked.Decrement(ref _openConnections);
                }
            });
            if (_certificates is null)
                return;
            listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = _certificates.Server,
                ClientCertificateMode = Options.RequireClientCertificate
                    ? ClientCertificateMode.RequireCertificate
                    : ClientCertificateMode.NoCertificate,
                ClientCertificateValidation = (certificate, _, _) => _certificates.Signed(certificate),
            });
        });
    }

    private void CountConnection()
    {
        Interlocked.Increment(ref _connections);
        int open = Interlocked.Increment(ref _openConnections);
        int peak;
        do
            peak = _peakConnections;
        while (open > peak && Interlocked.CompareExchange(ref _peakConnections, open, peak) != peak);
    }

    private async Task HandleAsync(HttpContext context)
    {
        RecordedRequest record = _log.Begin(context);
        int? status = null;
        try
        {
            if (Options.Middleware is { } middleware)
                await middleware(context, () => MisbehaveAsync(context, record));
            else
                await MisbehaveAsync(context, record);
            status = context.Response.StatusCode;
        }
        catch (OperationCanceledException)
        {
            // The client has left, or a fault has broken the connection.
        }
        finally
        {
            _log.End(record, status);
        }

        // Kestrel does not flush what was only advanced over after an earlier flush.
        if (status is not null && context.Response.HasStarted)
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    private Task MisbehaveAsync(HttpContext context, RecordedRequest record) =>
        Faults.Take(context) is Fault fault
            ? fault.ApplyAsync(context, () => AnswerAsync(context, record))
            : AnswerAsync(context, record);

    private Task AnswerAsync(HttpContext context, RecordedRequest record)
    {
        string path = context.Request.Path.Value ?? "";
        if (_files.TryGetValue(path, out (StoredBlob Content, string ContentType) file))
            return context.SendBlobAsync(file.Content, file.ContentType);
        return path == TokenService.Path ? _tokens.HandleAsync(context, record) : _api.HandleAsync(context);
    }
}
