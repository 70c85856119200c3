using System.Net;
using System.Net.Http.Headers;
using OciTools.Registry.Auth;
using OciTools.Testing;

namespace OciTools.Tests.Registry.Auth;

/// <summary>Sends requests to a test registry with an authenticator, and again after a 401.</summary>
internal sealed class AuthCaller : IDisposable
{
    private readonly TestRegistry _registry;

    public AuthCaller(
        TestRegistry registry,
        RegistryOptions? options = null,
        TimeProvider? time = null,
        Uri? registryBase = null)
    {
        _registry = registry;
        RegistryOptions effective = options ?? new RegistryOptions();
        Authenticator = new RegistryAuthenticator(
            registryBase ?? registry.Url,
            registry.Host,
            effective,
            Places.Resolver,
            _ => Task.FromResult(Client),
            new RealmPolicy(effective.TrustedRealm),
            time);
    }

    public CredentialPlaces Places { get; } = new();

    public HttpClient Client { get; init; } =
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false });

    public RegistryAuthenticator Authenticator { get; }

    public static RegistryOptions As(string user, string password) =>
        new() { Credential = new NetworkCredential(user, password) };

    public static RegistryOptions AsAlice => As("alice", "correct horse");

    public Task<HttpStatusCode> PullAsync(string repository) =>
        SendAsync(HttpMethod.Get, $"/v2/{repository}/tags/list", new RegistryScope(repository, RegistryAccess.Pull));

    public Task<HttpStatusCode> PushAsync(string repository) =>
        SendAsync(
            HttpMethod.Post, $"/v2/{repository}/blobs/uploads/", new RegistryScope(repository, RegistryAccess.Push));

    public async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, params RegistryScope[] scopes)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        AuthenticationHeaderValue? header = await Authenticator.GetHeaderAsync(scopes, Places.Events, cancel);
        for (int attempt = 0; attempt < 10; attempt++)
        {
            using var request = new HttpRequestMessage(method, new Uri(_registry.Url, path));
            request.Headers.Authorization = header;
            using HttpResponseMessage response =
                await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (response.StatusCode != HttpStatusCode.Unauthorized)
                return response.StatusCode;

            header = await Authenticator.AnswerAsync(response, scopes, header, Places.Events, cancel);
            if (header is null)
                return response.StatusCode;
        }

        throw new InvalidOperationException("The authenticator does not give up.");
    }

    public void Dispose()
    {
        Client.Dispose();
        Places.Dispose();
    }
}
