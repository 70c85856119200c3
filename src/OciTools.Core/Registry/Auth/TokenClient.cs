using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using OciTools.Transport;

namespace OciTools.Registry.Auth;

/// <summary>Asks the token service of one registry for access tokens.</summary>
internal sealed class TokenClient(
    Func<Uri, Task<HttpClient>> clientFor, TimeSpan idleTimeout, AuthFailure failure, TimeProvider time)
{
    private const int MaximumHops = 5;

    // A service may replace an identity token each time it is used.
    private readonly ConcurrentDictionary<RegistryCredential, string> _identityTokens = [];

    /// <summary>Fetches a token: with GET for a password or for nobody, with POST for an identity token.</summary>
    public async Task<TokenAnswer> FetchAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        string caller = request.Credential is null ? "without credentials" : $"with {request.Credential}";
        request.Progress?.Report(new TransferEvent
        {
            Kind = TransferEventKind.Decided,
            Message = DisplayText.Sanitize(
                $"Asking {request.Realm.Authority} for a token for '{request.Scopes}' {caller}"),
        });

        using HttpResponseMessage response = await RequestAsync(request, cancellationToken).ConfigureAwait(false);
        return response.IsSuccessStatusCode
            ? await ReadTokenAsync(request, response, cancellationToken).ConfigureAwait(false)
            : throw await ReadFailureAsync(request, response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The errors in the body of a failure; none when it is too long, breaks off, or is of another form.
    /// </summary>
    public async Task<IReadOnlyList<RegistryError>> ReadErrorsAsync(
        HttpResponseMessage response, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? body = await ReadBodyAsync(response, ContentLimits.ErrorBody, cancellationToken)
                .ConfigureAwait(false);
            return body is null ? [] : RegistryErrors.Parse(body, text => credential?.Redact(text) ?? text);
        }
        catch (OciException)
        {
            // The status says enough to go on.
            return [];
        }
    }

    private async Task<HttpResponseMessage> RequestAsync(TokenRequest request, CancellationToken cancellationToken)
    {
        RegistryCredential? credential = request.Credential;
        if (credential?.IdentityToken is { } given)
        {
            string identityToken = _identityTokens.GetValueOrDefault(credential, given);
            return await PostAsync(request, request.ToRefreshForm(identityToken), cancellationToken)
                .ConfigureAwait(false);
        }

        HttpResponseMessage response = await GetAsync(request, cancellationToken).ConfigureAwait(false);
        bool isPostOnly = response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed;
        if (!isPostOnly || credential is not { UserName: { } userName, Password: { } password })
            return response;

        response.Dispose();
        return await PostAsync(request, request.ToPasswordForm(userName, password), cancellationToken)
            .ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> GetAsync(TokenRequest request, CancellationToken cancellationToken) => SendAsync(
        request.ToUri(),
        uri => new HttpRequestMessage(HttpMethod.Get, uri)
        {
            Headers = { Authorization = request.Credential?.ToBasicHeader() },
        },
        request.Progress,
        cancellationToken);

    private Task<HttpResponseMessage> PostAsync(
        TokenRequest request, Dictionary<string, string> form, CancellationToken cancellationToken) => SendAsync(
        request.Realm,
        uri => new HttpRequestMessage(HttpMethod.Post, uri) { Content = new FormUrlEncodedContent(form) },
        request.Progress,
        cancellationToken);

    private async Task<HttpResponseMessage> SendAsync(
        Uri uri,
        Func<Uri, HttpRequestMessage> create,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        HttpClient client = await clientFor(uri).WaitAsync(cancellationToken).ConfigureAwait(false);
        for (int hop = 0; ; hop++)
        {
            using HttpRequestMessage message = create(uri);
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            message.Options.Set(RequestOptions.Replayable, true);
            HttpResponseMessage response = await HttpExchange
                .SendAsync(client, message, progress, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
                return response;

            using (response)
                uri = NextHop(uri, message.Method, response, hop);
        }
    }

    private static Uri NextHop(Uri from, HttpMethod method, HttpResponseMessage response, int hop)
    {
        if (!Uri.TryCreate(from, response.Headers.Location, out Uri? target))
            throw Unsafe("to nowhere");
        if (hop == MaximumHops)
            throw Unsafe($"more than {MaximumHops} times");
        if (target.Scheme != from.Scheme || target.Authority != from.Authority || target.UserInfo.Length > 0)
            throw Unsafe($"to {DisplayText.Sanitize(target.GetLeftPart(UriPartial.Authority))}");
        // What follows a POST with the other codes is by custom a GET, which would not carry the form.
        if (method == HttpMethod.Post && (int)response.StatusCode is not (307 or 308))
            throw Unsafe("without the data that it was sent");
        return target;

        OciException Unsafe(string where) => new(
            OciErrorCode.UnsafeRedirect,
            $"The token service {from.Authority} redirects {where}, and that is not followed. "
                + "Tell the registry's operator.",
            DisplayText.Sanitize(from.Authority));
    }

    private async Task<TokenAnswer> ReadTokenAsync(
        TokenRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await ReadBodyAsync(response, ContentLimits.Token, cancellationToken).ConfigureAwait(false)
            ?? throw failure.Unusable(request.Realm, response.StatusCode, "answered with more than 1 MiB", []);
        try
        {
            TokenAnswer answer = TokenAnswer.Parse(body, response.Headers.Date ?? time.GetUtcNow());
            if (request.Credential?.IdentityToken is not null && answer.RefreshToken is { } next)
                _identityTokens[request.Credential] = next;
            return answer;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The exception may quote the token.
            throw failure.Unusable(
                request.Realm, response.StatusCode, "answered with something that is not a token", []);
        }
    }

    private async Task<RegistryException> ReadFailureAsync(
        TokenRequest request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        HttpStatusCode status = response.StatusCode;
        IReadOnlyList<RegistryError> errors = await ReadErrorsAsync(response, request.Credential, cancellationToken)
            .ConfigureAwait(false);
        if (status is not (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
            return failure.Unusable(request.Realm, status, $"answered with HTTP {(int)status}", errors);

        // A replaced identity token may have been used up elsewhere; the one that the user gave may still be good.
        if (request.Credential is not null)
            _identityTokens.TryRemove(request.Credential, out _);
        return failure.Refused(
            OciErrorCode.AuthenticationFailed, request.Credential, request.Scopes, status, errors);
    }

    // Null when there is more than the limit.
    private async Task<byte[]?> ReadBodyAsync(
        HttpResponseMessage response, int limit, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        using var idle = new IdleLimit(idleTimeout);
        byte[] buffer = new byte[8 * 1024];
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            while (await idle.ReadAsync(body, buffer, cancellationToken).ConfigureAwait(false) is var count and > 0)
            {
                bytes.Write(buffer, 0, count);
                if (bytes.Length > limit)
                    return null;
            }

            return bytes.ToArray();
        }
        catch (Exception error) when (TransportErrors.IsBroken(error))
        {
            throw TransportErrors.Create(error, response.RequestMessage!.RequestUri!);
        }
    }
}
