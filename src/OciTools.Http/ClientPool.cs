using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using OciTools.Transport;

namespace OciTools.Http;

/// <summary>One named client for each transport profile, made by <see cref="IHttpClientFactory"/> and kept.</summary>
internal sealed class ClientPool : IConfigureNamedOptions<HttpClientFactoryOptions>
{
    private readonly ConcurrentDictionary<TransportProfile, HttpClient> _clients = new();
    private readonly ConcurrentDictionary<string, ConnectionSettings> _settings = new();
    private readonly HostGates _gates;
    private readonly TimeProvider _time;
    private readonly IHttpClientFactory _factory;

    public ClientPool(TimeProvider time)
    {
        _time = time;
        _gates = new HostGates(time);

        var services = new ServiceCollection();
        services.AddHttpClient();
        services.ConfigureHttpClientDefaults(client => client
            // The factory rotates handlers to notice changes in DNS; PooledConnectionLifetime does that without
            // dropping the connections of a transfer.
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers());
        services.AddSingleton<IConfigureOptions<HttpClientFactoryOptions>>(this);
        _factory = services.BuildServiceProvider().GetRequiredService<IHttpClientFactory>();
    }

    public HttpClient Get(TransportProfile profile) => _clients.GetOrAdd(profile, Create);

    public void Configure(HttpClientFactoryOptions options) => Configure(Options.DefaultName, options);

    public void Configure(string? name, HttpClientFactoryOptions options)
    {
        if (name is null || !_settings.TryGetValue(name, out ConnectionSettings? settings))
            return;

        options.HttpMessageHandlerBuilderActions.Add(builder =>
        {
            builder.PrimaryHandler = settings.CreateHandler();
            builder.AdditionalHandlers.Add(new ResilienceHandler(settings.Profile, _gates, _time));
        });
        options.HttpClientActions.Add(client => client.Timeout = Timeout.InfiniteTimeSpan);
    }

    private HttpClient Create(TransportProfile profile)
    {
        // Unreadable certificates fail here, before the factory sees the name: it would remember the failure for good.
        ConnectionSettings settings = ConnectionSettings.Load(profile);
        string name = Guid.NewGuid().ToString();
        _settings[name] = settings;
        return _factory.CreateClient(name);
    }
}
